#include "cli/render/words.h"

#include <set>

#include "absl/strings/str_cat.h"

namespace haldane::cli {
namespace {

std::string CohortText(const haldane::v1::Rollout& rollout, haldane::v1::HostView::Cohort cohort,
                       absl::string_view name) {
  std::set<absl::string_view> hosts;
  uint64_t warming = 0;
  for (const haldane::v1::HostView& host : rollout.hosts()) {
    if (host.cohort() != cohort) continue;
    hosts.insert(host.host());
    warming += host.warming();
  }
  std::string text = absl::StrCat(name, " ", hosts.size(), hosts.size() == 1 ? " host" : " hosts");
  if (warming > 0)
    absl::StrAppend(&text, " (", warming, warming == 1 ? " process" : " processes", " warming up)");
  return text;
}

}  // namespace

Word WordOf(haldane::v1::RolloutState state) {
  switch (state) {
    case haldane::v1::ROLLOUT_STATE_PENDING:
      return {"pending", "…", ".", Color::kDim};
    case haldane::v1::ROLLOUT_STATE_WARMING:
      return {"warming", "…", ".", Color::kDim};
    case haldane::v1::ROLLOUT_STATE_OBSERVING:
      return {"observing", "●", "*", Color::kBold};
    case haldane::v1::ROLLOUT_STATE_PROCEED:
      return {"proceed", "✔", "+", Color::kGreen};
    case haldane::v1::ROLLOUT_STATE_HALTED:
      return {"halt", "■", "!", Color::kYellow};
    case haldane::v1::ROLLOUT_STATE_ROLLED_BACK:
      return {"rollback", "✖", "x", Color::kRed};
    case haldane::v1::ROLLOUT_STATE_UNDECIDED:
      return {"undecided", "?", "?", Color::kYellow};
    case haldane::v1::ROLLOUT_STATE_ABORTED:
      return {"aborted", "■", "!", Color::kYellow};
    case haldane::v1::ROLLOUT_STATE_OVERRIDDEN:
      return {"overridden", "⚑", "!", Color::kYellow};
    default:
      return {"unknown", "?", "?", Color::kYellow};
  }
}

Word WordOf(haldane::v1::FindingState state) {
  switch (state) {
    case haldane::v1::FINDING_STATE_HARMFUL:
      return {"harmful", "✖", "x", Color::kRed};
    case haldane::v1::FINDING_STATE_CLEAR:
      return {"clear", "✔", "+", Color::kGreen};
    case haldane::v1::FINDING_STATE_UNDECIDED:
      return {"undecided", "?", "?", Color::kNone};
    case haldane::v1::FINDING_STATE_NO_DATA:
      return {"no data", "∅", "-", Color::kYellow};
    default:
      return {"unknown", "?", "?", Color::kYellow};
  }
}

std::string Label(const Style& style, const Word& word) {
  return Paint(style, word.color, absl::StrCat(style.unicode ? word.icon : word.ascii, " ", word.word));
}

std::string HostsText(const haldane::v1::Rollout& rollout) {
  return absl::StrCat(CohortText(rollout, haldane::v1::HostView::COHORT_CANARY, "canary"), ", ",
                      CohortText(rollout, haldane::v1::HostView::COHORT_BASELINE, "baseline"));
}

}  // namespace haldane::cli
