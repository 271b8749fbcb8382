#include "controller/verdict/judge.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/str_cat.h"
#include "controller/evidence/error_budget.h"
#include "controller/evidence/signal_values.h"
#include "controller/verdict/missing.h"
#include "plan/signals.h"
#include "stats/combination.h"

namespace haldane::controller {
namespace {

using haldane::v1::Finding;
using haldane::v1::Plan;
using haldane::v1::SignalPlan;

constexpr int kMaxClassFindings = 5;

// The classes that explain the canary's excess best: by difference of rates.
void SetClasses(const Evidence& evidence, Finding* finding) {
  const double canary_exposure = std::max<double>(1, finding->canary().exposure());
  const double baseline_exposure = std::max<double>(1, finding->baseline().exposure());
  struct Excess {
    double value;
    const std::string* name;
    std::pair<uint64_t, uint64_t> counts;
  };
  std::vector<Excess> excesses;
  for (const auto& [name, counts] : evidence.classes()) {
    excesses.push_back({static_cast<double>(counts.first) / canary_exposure -
                            static_cast<double>(counts.second) / baseline_exposure,
                        &name, counts});
  }
  std::stable_sort(excesses.begin(), excesses.end(),
                   [](const Excess& a, const Excess& b) { return a.value > b.value; });
  if (excesses.size() > kMaxClassFindings) excesses.resize(kMaxClassFindings);
  for (const Excess& excess : excesses) {
    haldane::v1::ClassFinding* entry = finding->add_classes();
    entry->set_name(*excess.name);
    entry->set_canary(excess.counts.first);
    entry->set_baseline(excess.counts.second);
  }
}

// What the plan says of the signal, and the bounds that follow.
Finding Blank(const Plan& plan, const SignalPlan& signal, const ErrorBudget& budget) {
  Finding finding;
  finding.set_signal(signal.name());
  finding.set_action(signal.action());
  finding.set_required(signal.required());
  finding.set_bad(signal.bad());
  finding.set_tolerate_ratio(signal.tolerate_ratio());
  finding.set_tolerate_absolute(signal.tolerate_absolute());
  const plan::Signal& known = *plan::FindSignal(signal.name());
  finding.set_exposure_unit(known.exposure == "request" ? std::string(plan::ExposureUnitName(plan.exposure()))
                                                        : std::string(known.exposure));
  finding.set_budget(budget.false_stop);
  finding.set_harm_bound(-std::log(budget.false_stop));
  // Twice the plain bound: the boundary is approached from the side where
  // drifting host effects hurt (docs/statistics.md).
  finding.set_clear_bound(std::log(2 / budget.missed));
  return finding;
}

// Without data there is nothing to show but why.
void SetNoData(const Plan& plan, const Missing& missing, bool may_drop, Finding* finding) {
  finding->set_state(haldane::v1::FINDING_STATE_NO_DATA);
  finding->set_cause(missing.cause);
  finding->set_reason(missing.what);
  finding->set_harm_evidence(0);
  finding->set_clear_evidence(0);
  finding->clear_flip();
  const bool drops = PolicyFor(plan, missing.cause) == haldane::v1::MISSING_POLICY_DROP_SIGNAL;
  if (!drops || !may_drop) return;
  finding->set_action(haldane::v1::ACTION_OBSERVE);
  finding->set_required(false);
}

// The host without which nothing would speak for harm, or empty.
std::string RestsOn(const Evidence& evidence, int s) {
  for (size_t unit = 0; unit < evidence.units().size(); ++unit) {
    if (evidence.signal(s).HarmEvidenceWithout(static_cast<int>(unit)) <= 0)
      return evidence.units()[unit].host;
  }
  return "";
}

Finding JudgeSignal(const Plan& plan, const Evidence& evidence, int s, bool may_drop) {
  const ErrorBudget budget = BudgetOf(plan, s);
  Finding finding = Blank(plan, plan.signals(s), budget);
  evidence.signal(s).Describe(budget, &finding);
  if (plan.signals(s).name() == "ruby.exceptions") SetClasses(evidence, &finding);
  if (evidence.stage() > 0) {
    Finding stage = Blank(plan, plan.signals(s), budget);
    evidence.stage_signal(s).Describe(budget, &stage);
    finding.set_clear_evidence(stage.clear_evidence());
    finding.set_clear_bound(stage.clear_bound());
    finding.set_ratio_high(stage.ratio_high());
    finding.clear_flip();
  }
  finding.set_budget_spent(std::min(1.0, std::exp(evidence.peak(s) - finding.harm_bound())));

  const std::optional<Missing> missing = FindMissing(plan, evidence, s);
  if (missing) {
    SetNoData(plan, *missing, may_drop, &finding);
  } else if (plan.signals(s).name() == "http.5xx" && evidence.gross_failure()) {
    finding.set_state(haldane::v1::FINDING_STATE_HARMFUL);
    finding.set_reason("at least half of the canary's requests fail, on at least half of its hosts");
  } else if (finding.harm_evidence() >= finding.harm_bound()) {
    finding.set_state(haldane::v1::FINDING_STATE_HARMFUL);
    finding.set_rests_on_host(RestsOn(evidence, s));
  } else if (finding.clear_evidence() >= finding.clear_bound()) {
    finding.set_state(haldane::v1::FINDING_STATE_CLEAR);
  } else {
    finding.set_state(haldane::v1::FINDING_STATE_UNDECIDED);
  }
  return finding;
}

// Of the signals without data, all but the last that could clear the canary may
// be dropped.
bool MayDrop(const Plan& plan, const Evidence& evidence) {
  for (int s = 0; s < plan.signals_size(); ++s) {
    const bool clears = Decides(plan.signals(s)) && plan.signals(s).required();
    if (clears && !FindMissing(plan, evidence, s)) return true;
  }
  return false;
}

double Combine(const Plan& plan, const std::vector<double>& log_evidence) {
  std::vector<double> shares, deciding;
  for (int s = 0; s < plan.signals_size(); ++s) {
    if (!Decides(plan.signals(s))) continue;
    shares.push_back(BudgetOf(plan, s).false_stop / plan.budget().false_stop());
    deciding.push_back(log_evidence[static_cast<size_t>(s)]);
  }
  return deciding.empty() ? 0 : stats::WeightedLogEvidence(deciding, shares);
}

// A signal that has no data, or that is dropped or muted, says nothing.
bool Counts(const Finding& finding) {
  return finding.state() != haldane::v1::FINDING_STATE_NO_DATA &&
         finding.action() != haldane::v1::ACTION_OBSERVE;
}

}  // namespace

std::vector<Finding> Judge(const Plan& plan, const Evidence& evidence) {
  const bool may_drop = MayDrop(plan, evidence);
  std::vector<Finding> findings;
  for (int s = 0; s < plan.signals_size(); ++s) findings.push_back(JudgeSignal(plan, evidence, s, may_drop));
  return findings;
}

double CombinedEvidence(const Plan& plan, const std::vector<Finding>& findings) {
  std::vector<double> log_evidence;
  for (const Finding& finding : findings) {
    log_evidence.push_back(Counts(finding) ? finding.harm_evidence() : 0);
  }
  return Combine(plan, log_evidence);
}

double BudgetSpent(const Plan& plan, const Evidence& evidence) {
  std::vector<double> peaks;
  for (int s = 0; s < plan.signals_size(); ++s) peaks.push_back(evidence.peak(s));
  return std::min(1.0, std::exp(Combine(plan, peaks)) * plan.budget().false_stop());
}

LeaveOneOut LeaveHostsOut(const Plan& plan, const Evidence& evidence, const std::vector<Finding>& findings) {
  LeaveOneOut result;
  double least = 0;
  for (size_t unit = 0; unit < evidence.units().size(); ++unit) {
    std::vector<double> log_evidence;
    for (size_t s = 0; s < findings.size(); ++s) {
      const SignalEvidence& signal = evidence.signal(static_cast<int>(s));
      log_evidence.push_back(Counts(findings[s]) ? signal.HarmEvidenceWithout(static_cast<int>(unit)) : 0);
    }
    const double without = Combine(plan, log_evidence);
    if (without >= -std::log(plan.budget().false_stop())) continue;
    result.flips.push_back(evidence.units()[unit].host);
    if (without > least) continue;
    least = without;
    result.rests_on = evidence.units()[unit].host;
  }
  return result;
}

}  // namespace haldane::controller
