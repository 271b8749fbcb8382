#include "cli/render/progress.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/render/numbers.h"
#include "cli/render/table.h"
#include "cli/render/words.h"
#include "plan/defaults.h"

namespace haldane::cli {
namespace {

constexpr absl::Duration kLineEvery = absl::Seconds(10);
constexpr int kBarCells = 10;

double Share(double evidence, double bound) {
  if (!(bound > 0) || !std::isfinite(bound) || std::isnan(evidence)) return 0;
  return std::clamp(evidence / bound, 0.0, 1.0);
}

// How far the evidence has come towards the nearer of its two bounds.
std::string EvidenceBar(const haldane::v1::Finding& finding, const Style& style) {
  if (finding.state() == haldane::v1::FINDING_STATE_NO_DATA) return "-";
  const double harm = Share(finding.harm_evidence(), finding.harm_bound());
  const double clear = Share(finding.clear_evidence(), finding.clear_bound());
  const double share = std::max(harm, clear);
  const int full = static_cast<int>(share * kBarCells);
  std::string bar;
  for (int i = 0; i < kBarCells; ++i) {
    absl::StrAppend(&bar, i < full ? (style.unicode ? "█" : "#") : (style.unicode ? "░" : "."));
  }
  return absl::StrCat(
      Paint(style, harm > clear ? Color::kRed : Color::kGreen, bar),
      absl::StrFormat(" %3d%% to %s", static_cast<int>(share * 100), harm > clear ? "harmful" : "clear"));
}

// Time since the rollout was opened, by the controller's clock.
std::string ElapsedText(const haldane::v1::Rollout& rollout) {
  const int64_t seconds = rollout.verdict().as_of().seconds() - rollout.created_at().seconds();
  const bool known = rollout.has_created_at() && rollout.verdict().has_as_of();
  return absl::StrCat(
      ShortTime(absl::Seconds(known ? seconds : 0)), " of ",
      ShortTime(plan::FromProto(rollout.plan().observe().max()) + plan::FromProto(rollout.extended_by())));
}

std::string RatioText(const haldane::v1::Finding& finding) {
  if (finding.ratio_high() <= 0) return "-";
  return absl::StrCat(finding.ratio() > 0 ? Ratio(finding.ratio()) : "-", " ", Interval(finding));
}

// What is worth a line of its own when it changes.
std::string Situation(const haldane::v1::Rollout& rollout) {
  return absl::StrCat(rollout.verdict().state(), " ", rollout.impediment(), " ", rollout.revision(), " ",
                      absl::StrJoin(rollout.verdict().findings(), " ",
                                    [](std::string* out, const haldane::v1::Finding& finding) {
                                      absl::StrAppend(out, finding.signal(), finding.state());
                                    }));
}

}  // namespace

std::vector<std::string> ProgressBlock(const haldane::v1::Rollout& rollout, const Style& style) {
  std::vector<std::string> lines = {absl::StrCat(Label(style, WordOf(rollout.verdict().state())), "  ",
                                                 Printable(rollout.name()), "  ", ElapsedText(rollout), "  ",
                                                 HostsText(rollout))};
  if (!rollout.verdict().sentence().empty()) {
    lines.push_back(Paint(style, Color::kDim, absl::StrCat("  ", Printable(rollout.verdict().sentence()))));
  }
  Table table({"  SIGNAL", "FINDING", "RATIO", "EVIDENCE", "CANARY", "BASELINE"});
  for (const haldane::v1::Finding& finding : rollout.verdict().findings()) {
    table.AddRow({absl::StrCat("  ", Printable(finding.signal())), Label(style, WordOf(finding.state())),
                  RatioText(finding), EvidenceBar(finding, style), EventsOf(finding.canary()),
                  EventsOf(finding.baseline())});
  }
  if (!table.empty()) {
    for (const absl::string_view line : absl::StrSplit(table.Render(), '\n', absl::SkipEmpty())) {
      lines.emplace_back(line);
    }
  }
  if (!rollout.impediment().empty()) {
    lines.push_back(
        Paint(style, Color::kYellow, absl::StrCat("  nothing is judged: ", Printable(rollout.impediment()))));
  }
  return lines;
}

std::string ProgressLine(const haldane::v1::Rollout& rollout) {
  const haldane::v1::Verdict& verdict = rollout.verdict();
  std::string line = absl::StrCat(WordOf(verdict.state()).word, " ", ElapsedText(rollout), ": ");
  if (verdict.state() == haldane::v1::ROLLOUT_STATE_OBSERVING && !rollout.held()) {
    absl::StrAppend(&line, absl::StrJoin(verdict.findings(), "; ", [](std::string* out, const auto& finding) {
      absl::StrAppend(out, Printable(finding.signal()), " ", WordOf(finding.state()).word, " ",
                      RatioText(finding), ", canary ", EventsOf(finding.canary()), ", baseline ",
                      EventsOf(finding.baseline()));
    }));
  } else {
    absl::StrAppend(&line, Printable(verdict.sentence()));
  }
  if (!rollout.impediment().empty()) {
    absl::StrAppend(&line, "; nothing is judged: ", Printable(rollout.impediment()));
  }
  return line;
}

void Progress::Show(const haldane::v1::Rollout& rollout, absl::Duration now) {
  note_.clear();
  if (console_.live) {
    block_ = ProgressBlock(rollout, console_.err_style);
    redraw_.Draw(block_);
    return;
  }
  const std::string situation = Situation(rollout);
  if (situation == shown_ && now - shown_at_ < kLineEvery) return;
  shown_ = situation;
  shown_at_ = now;
  console_.err << ProgressLine(rollout) << std::endl;
}

void Progress::Say(const std::string& note) {
  if (note == note_) return;
  note_ = note;
  if (!console_.live) {
    console_.err << note << std::endl;
    return;
  }
  std::vector<std::string> lines = block_;
  lines.push_back(Paint(console_.err_style, Color::kYellow, note));
  redraw_.Draw(lines);
}

void Progress::Clear() {
  if (console_.live) redraw_.Draw({});
}

}  // namespace haldane::cli
