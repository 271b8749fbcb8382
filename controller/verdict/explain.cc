#include "controller/verdict/explain.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "controller/verdict/judge.h"

namespace haldane::controller {
namespace {

using haldane::v1::Finding;
using haldane::v1::Verdict;

std::string Seconds(absl::Duration duration) { return absl::StrCat(absl::ToInt64Seconds(duration), " s"); }

std::string Grouped(uint64_t number) {
  std::string digits = absl::StrCat(number);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) digits.insert(static_cast<size_t>(i), ",");
  return digits;
}

std::string Ratio(double ratio) {
  return std::isfinite(ratio) ? absl::StrFormat("%.2fx", ratio) : "any multiple";
}

std::string Interval(const Finding& finding) {
  return absl::StrCat("between ", Ratio(finding.ratio_low()), " and ", Ratio(finding.ratio_high()));
}

std::string Side(const char* name, const haldane::v1::CohortTotals& totals) {
  return absl::StrCat(Grouped(totals.events()), " in ", Grouped(totals.exposure()), " requests on ",
                      totals.hosts(), " ", name, totals.hosts() == 1 ? " host" : " hosts");
}

// "http.5xx at 2.94x the baseline (2.10x to 4.01x at every moment; 1.50x is
// tolerated): 412 in ..., against 141 in ...".
std::string Numbers(const Finding& finding) {
  const std::string ratio = finding.baseline().events() == 0 && finding.canary().events() > 0
                                ? "raised by the canary alone"
                                : absl::StrCat("at ", Ratio(finding.ratio()), " the baseline");
  return absl::StrCat(finding.signal(), " ", ratio, " (", Interval(finding), "; ",
                      Ratio(finding.tolerate_ratio()), " is tolerated): ", Side("canary", finding.canary()),
                      ", ", Side("baseline", finding.baseline()));
}

std::string TopClass(const Finding& finding) {
  if (finding.classes().empty()) return "";
  const haldane::v1::ClassFinding& top = finding.classes(0);
  if (top.canary() == 0) return "";
  return absl::StrCat("; mostly ", top.name(), " (", Grouped(top.canary()), " on the canary, ",
                      Grouped(top.baseline()), " on the baseline)");
}

std::string Stopped(const haldane::v1::Plan& plan, const Evidence& evidence, const Verdict& verdict,
                    const char* word) {
  std::vector<std::string> reasons;
  const Finding* strongest = nullptr;
  double most = -HUGE_VAL;
  for (int s = 0; s < verdict.findings_size(); ++s) {
    const Finding& finding = verdict.findings(s);
    if (finding.action() == haldane::v1::ACTION_OBSERVE) continue;
    if (finding.state() == haldane::v1::FINDING_STATE_HARMFUL) {
      reasons.push_back(absl::StrCat(Numbers(finding), TopClass(finding)));
    }
    const double contribution = finding.harm_evidence() + std::log(plan.signals(s).weight());
    if (contribution > most) {
      most = contribution;
      strongest = &finding;
    }
  }
  if (reasons.empty() && strongest != nullptr) {
    reasons.push_back(
        absl::StrCat("the signals together, above all ", Numbers(*strongest), TopClass(*strongest)));
  }
  return absl::StrCat(word, " after ", Seconds(evidence.observed()),
                      " of data: ", absl::StrJoin(reasons, ". "), ".");
}

// Why a signal is clear: by its ratio or, where that is not known well enough,
// by its rate alone.
std::string Cleared(const Finding& finding) {
  if (finding.ratio_high() <= finding.tolerate_ratio() || finding.tolerate_absolute() <= 0) {
    return absl::StrCat(finding.signal(), " at ", Ratio(finding.ratio()), " the baseline (",
                        Interval(finding), "; ", Ratio(finding.tolerate_ratio()), " is tolerated)");
  }
  return absl::StrCat(finding.signal(), " with ", Side("canary", finding.canary()),
                      ", demonstrably below the ", absl::StrFormat("%.4g", finding.tolerate_absolute()),
                      " per request that are tolerated");
}

std::string Proceeded(const Evidence& evidence, const Verdict& verdict) {
  std::vector<std::string> signals;
  for (const Finding& finding : verdict.findings()) {
    if (finding.action() != haldane::v1::ACTION_OBSERVE) signals.push_back(Cleared(finding));
  }
  return absl::StrCat("Proceed after ", Seconds(evidence.observed()),
                      " of data: demonstrably within tolerance on ", absl::StrJoin(signals, ", and "), ".");
}

// What each deciding signal still lacks.
std::vector<std::string> Obstacles(const Evidence& evidence, const Verdict& verdict) {
  std::vector<std::string> obstacles;
  for (const Cohort cohort : {Cohort::kCanary, Cohort::kBaseline}) {
    const std::vector<std::string> silent = SilentHosts(evidence, cohort, evidence.last_tick());
    if (silent.empty()) continue;
    obstacles.push_back(absl::StrCat(cohort == Cohort::kCanary ? "canary" : "baseline", " host ",
                                     absl::StrJoin(silent, ", "), silent.size() == 1 ? " is" : " are",
                                     " silent: is the agent running?"));
  }
  for (const Finding& finding : verdict.findings()) {
    if (finding.action() == haldane::v1::ACTION_OBSERVE) continue;
    if (finding.state() == haldane::v1::FINDING_STATE_NO_DATA) {
      obstacles.push_back(absl::StrCat(finding.signal(), ": ", finding.reason()));
    } else if (finding.state() == haldane::v1::FINDING_STATE_UNDECIDED) {
      obstacles.push_back(absl::StrCat(finding.signal(), " could still be ", Ratio(finding.ratio_high()),
                                       " the baseline (", Ratio(finding.tolerate_ratio()), " is tolerated)"));
    }
  }
  return obstacles;
}

std::string Waiting(const haldane::v1::Plan& plan, const Evidence& evidence) {
  int canary = 0, baseline = 0;
  for (const Unit& unit : evidence.units()) {
    if (!unit.process_ages_ms.empty()) ++(unit.cohort == Cohort::kCanary ? canary : baseline);
  }
  const uint32_t least = std::max(1u, plan.min_hosts());
  return absl::StrCat("Waiting for hosts of ", plan.service(), " with counted processes: canary ", canary,
                      " of ", least, ", baseline ", baseline, " of ", least, ".");
}

}  // namespace

std::string Explain(const haldane::v1::Plan& plan, const Evidence& evidence, const Verdict& verdict) {
  const std::vector<std::string> obstacles = Obstacles(evidence, verdict);
  switch (verdict.state()) {
    case haldane::v1::ROLLOUT_STATE_ROLLED_BACK:
      return Stopped(plan, evidence, verdict, "Roll back");
    case haldane::v1::ROLLOUT_STATE_HALTED:
      return Stopped(plan, evidence, verdict, "Halt");
    case haldane::v1::ROLLOUT_STATE_PROCEED:
      return Proceeded(evidence, verdict);
    case haldane::v1::ROLLOUT_STATE_UNDECIDED:
      if (evidence.observed() == absl::ZeroDuration()) {
        return absl::StrCat("Undecided: there was nothing to compare. ", Waiting(plan, evidence));
      }
      return absl::StrCat(
          "Undecided after ", Seconds(evidence.observed()), " of data: ",
          obstacles.empty() ? "the minimum window was not reached" : absl::StrJoin(obstacles, "; "), ".");
    case haldane::v1::ROLLOUT_STATE_PENDING:
      return Waiting(plan, evidence);
    case haldane::v1::ROLLOUT_STATE_WARMING:
      return "Warming: waiting for requests to processes older than the warm-up, on both sides.";
    default:
      return absl::StrCat(
          "Observing for ", Seconds(evidence.observed()), ": ",
          obstacles.empty() ? "clear so far; the minimum window is not over" : absl::StrJoin(obstacles, "; "),
          ".");
  }
}

}  // namespace haldane::controller
