#include "controller/verdict/explain.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "controller/verdict/numbers.h"

namespace haldane::controller {
namespace {

using haldane::v1::FairnessProblem;
using haldane::v1::Finding;
using haldane::v1::Verdict;

std::string Seconds(absl::Duration duration) {
  return absl::StrCat(std::max<int64_t>(1, absl::ToInt64Seconds(duration)), " s");
}

// What halts the rollout without any signal being harmful.
std::string Missed(const Verdict& verdict) {
  std::vector<std::string> reasons;
  for (const FairnessProblem& problem : verdict.fairness().problems()) {
    if (problem.effect() == FairnessProblem::EFFECT_HALTS) reasons.push_back(problem.what());
  }
  return absl::StrJoin(reasons, "; ");
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
      reasons.push_back(absl::StrCat(finding.reason(), finding.reason().empty() ? "" : ": ", Numbers(finding),
                                     TopClass(finding)));
    }
    const double contribution = finding.harm_evidence() + std::log(plan.signals(s).weight());
    if (contribution > most) {
      most = contribution;
      strongest = &finding;
    }
  }
  const std::string missed = Missed(verdict);
  if (reasons.empty() && verdict.combined_evidence() < verdict.combined_bound()) {
    return absl::StrCat(word, ": ", missed, ", and the plan does not wait for it.");
  }
  if (reasons.empty() && strongest != nullptr) {
    reasons.push_back(
        absl::StrCat("the signals together, above all ", Numbers(*strongest), TopClass(*strongest)));
  }
  return absl::StrCat(word, " after ", Seconds(evidence.observed()),
                      " of data: ", absl::StrJoin(reasons, ". "), ".",
                      verdict.rests_on_host().empty()
                          ? ""
                          : absl::StrCat(" This rests on host ", verdict.rests_on_host(), " alone."));
}

std::string Proceeded(const Evidence& evidence, const Verdict& verdict) {
  std::vector<std::string> signals;
  for (const Finding& finding : verdict.findings()) {
    const bool decides = finding.action() != haldane::v1::ACTION_OBSERVE && finding.required();
    if (decides) signals.push_back(Cleared(finding));
  }
  return absl::StrCat("Proceed after ", Seconds(evidence.observed()),
                      " of data: demonstrably within tolerance on ", absl::StrJoin(signals, ", and "), ".");
}

// What proceed still waits for.
std::vector<std::string> Obstacles(const Verdict& verdict) {
  std::vector<std::string> obstacles;
  for (const FairnessProblem& problem : verdict.fairness().problems()) {
    if (problem.effect() != FairnessProblem::EFFECT_BLOCKS_PROCEED) continue;
    obstacles.push_back(absl::StrCat(absl::StrJoin(problem.signals(), ", "),
                                     problem.signals().empty() ? "" : ": ", problem.what()));
  }
  for (const std::string& problem : verdict.guard().problems()) {
    obstacles.push_back(absl::StrCat("deploy guard: ", problem));
  }
  for (const Finding& finding : verdict.findings()) {
    if (finding.action() == haldane::v1::ACTION_OBSERVE || !finding.required()) continue;
    if (finding.state() == haldane::v1::FINDING_STATE_UNDECIDED) obstacles.push_back(CouldStillBe(finding));
  }
  return obstacles;
}

std::string Waiting(const haldane::v1::Plan& plan, const Evidence& evidence,
                    const std::vector<std::string>& obstacles) {
  uint32_t canary = 0, baseline = 0;
  for (const Unit& unit : evidence.units()) {
    if (!unit.process_starts.empty()) ++(unit.cohort == Cohort::kCanary ? canary : baseline);
  }
  const uint32_t least = std::max(1u, plan.min_hosts());
  if (std::min(canary, baseline) >= least && !obstacles.empty()) {
    return absl::StrCat("Waiting: ", absl::StrJoin(obstacles, "; "), ".");
  }
  return absl::StrCat("Waiting for hosts of ", plan.service(), " with counted processes: canary ", canary,
                      " of ", least, ", baseline ", baseline, " of ", least, ".");
}

}  // namespace

std::string Explain(const haldane::v1::Plan& plan, const Evidence& evidence, const Verdict& verdict) {
  const std::vector<std::string> obstacles = Obstacles(verdict);
  switch (verdict.state()) {
    case haldane::v1::ROLLOUT_STATE_ROLLED_BACK:
      return Stopped(plan, evidence, verdict, "Roll back");
    case haldane::v1::ROLLOUT_STATE_HALTED:
      return Stopped(plan, evidence, verdict, "Halt");
    case haldane::v1::ROLLOUT_STATE_PROCEED:
      return Proceeded(evidence, verdict);
    case haldane::v1::ROLLOUT_STATE_UNDECIDED:
      if (evidence.observed() == absl::ZeroDuration()) {
        return absl::StrCat("Undecided: there was nothing to compare. ", Waiting(plan, evidence, obstacles));
      }
      return absl::StrCat(
          "Undecided after ", Seconds(evidence.observed()), " of data: ",
          obstacles.empty() ? "the minimum window was not reached" : absl::StrJoin(obstacles, "; "), ".");
    case haldane::v1::ROLLOUT_STATE_PENDING:
      return Waiting(plan, evidence, obstacles);
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
