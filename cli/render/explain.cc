#include "cli/render/explain.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/render/numbers.h"
#include "cli/render/report.h"
#include "cli/render/words.h"
#include "plan/defaults.h"
#include "plan/signals.h"

namespace haldane::cli {
namespace {

const haldane::v1::SignalPlan* PlanOf(const haldane::v1::Rollout& rollout, const std::string& signal) {
  for (const haldane::v1::SignalPlan& planned : rollout.plan().signals()) {
    if (planned.name() == signal) return &planned;
  }
  return nullptr;
}

std::string Side(absl::string_view name, const haldane::v1::CohortTotals& totals) {
  return absl::StrCat("  ", name, Grouped(totals.events()), " events in ", Grouped(totals.exposure()),
                      " requests on ", totals.hosts(), totals.hosts() == 1 ? " host" : " hosts", ": ",
                      Rate(totals), "\n");
}

// "2.10 of 5.30 (40 %)"; evidence is a natural logarithm.
std::string Evidence(double evidence, double bound) {
  const std::string numbers = absl::StrFormat("%.2f of %.2f", evidence, bound);
  if (!(bound > 0) || !std::isfinite(bound)) return numbers;
  if (evidence >= bound) return absl::StrCat(numbers, " (reached)");
  return absl::StrFormat("%s (%.0f %%)", numbers, 100 * std::max(0.0, evidence) / bound);
}

std::string ExplainFinding(const haldane::v1::Rollout& rollout, const haldane::v1::Finding& finding,
                           const Style& style) {
  std::string out = absl::StrCat("\n", Paint(style, Color::kBold, Printable(finding.signal())), "  ",
                                 Label(style, WordOf(finding.state())),
                                 "  when harmful: ", plan::ActionName(finding.action()), "\n");
  if (!finding.reason().empty()) absl::StrAppend(&out, "  because      ", Printable(finding.reason()), "\n");
  absl::StrAppend(&out, Side("canary       ", finding.canary()), Side("baseline     ", finding.baseline()));
  if (finding.ratio_high() > 0) {
    absl::StrAppend(&out, "  ratio        ", finding.ratio() > 0 ? Ratio(finding.ratio()) : "-",
                    ", somewhere in ", Interval(finding), ", valid at every moment\n");
  }
  absl::StrAppend(&out, "  tolerated    up to ", Ratio(finding.tolerate_ratio()));
  if (const haldane::v1::SignalPlan* planned = PlanOf(rollout, finding.signal());
      planned != nullptr && planned->tolerate_absolute() > 0) {
    absl::StrAppend(&out, ", and whatever the ratio a canary rate below ",
                    Rate(planned->tolerate_absolute()));
  }
  absl::StrAppend(&out, "\n  harmful at   ", Evidence(finding.harm_evidence(), finding.harm_bound()),
                  "\n  clear at     ", Evidence(finding.clear_evidence(), finding.clear_bound()), "\n");
  return out;
}

}  // namespace

std::string ExplainReport(const haldane::v1::Rollout& rollout, const Style& style) {
  const haldane::v1::Verdict& verdict = rollout.verdict();
  const haldane::v1::Plan& plan = rollout.plan();
  std::string out = VerdictReport(rollout, style);
  for (const haldane::v1::Finding& finding : verdict.findings()) {
    absl::StrAppend(&out, ExplainFinding(rollout, finding, style));
  }
  absl::StrAppend(
      &out, "\nall signals together stop the rollout at ",
      Evidence(verdict.combined_evidence(), verdict.combined_bound()),
      absl::StrFormat("\nchance of stopping a good canary at most %g, of passing a bad one at most %g\n",
                      plan.budget().false_stop(), plan.budget().missed()),
      "proceeds no sooner than ", ShortTime(plan::FromProto(plan.observe().min())), ", undecided after ",
      ShortTime(plan::FromProto(plan.observe().max())), ", processes count from an age of ",
      ShortTime(plan::FromProto(plan.observe().warmup())), "\n");
  if (!verdict.input_digest().empty()) {
    absl::StrAppend(&out, "computed from events with SHA-256 ", Printable(verdict.input_digest()), "\n");
  }
  return out;
}

}  // namespace haldane::cli
