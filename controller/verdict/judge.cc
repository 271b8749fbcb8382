#include "controller/verdict/judge.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "controller/evidence/probe_source.h"
#include "controller/evidence/signal_values.h"
#include "stats/combination.h"

namespace haldane::controller {
namespace {

using haldane::v1::Finding;
using haldane::v1::Plan;
using haldane::v1::ProbeSource;
using haldane::v1::SignalPlan;

constexpr int kMaxClassFindings = 5;
// Beyond this share of lost events a host's rates mean nothing.
constexpr double kMostLost = 0.01;

bool Decides(const SignalPlan& signal) { return signal.action() != haldane::v1::ACTION_OBSERVE; }

// The signal's share of the false-stop budget.
double Share(const Plan& plan, const SignalPlan& signal) {
  double total = 0;
  for (const SignalPlan& other : plan.signals()) total += Decides(other) ? other.weight() : 0;
  return total > 0 ? signal.weight() / total : 1;
}

std::set<ProbeSource> Sources(const Evidence& evidence) {
  std::set<ProbeSource> sources;
  for (const Unit& unit : evidence.units()) sources.insert(unit.sources.begin(), unit.sources.end());
  return sources;
}

// Why the cohorts cannot be compared on this signal; empty when they can.
std::string Unfair(const SignalPlan& signal, const Evidence& evidence, const stats::CountSignal& sums) {
  for (const Cohort cohort : {Cohort::kCanary, Cohort::kBaseline}) {
    if (sums.Sums(cohort).exposure > 0) continue;
    return absl::StrCat("no traffic yet on warm ", cohort == Cohort::kCanary ? "canary" : "baseline",
                        " processes");
  }
  for (const Unit& unit : evidence.units()) {
    if (static_cast<double>(unit.lost) > kMostLost * static_cast<double>(unit.totals.http_requests() + 1) &&
        unit.lost > 10) {
      return absl::StrCat("host ", unit.host, " lost ", unit.lost,
                          " responses: see response_* in haldane_agent_events_dropped_total of its agent");
    }
  }
  if (!NeedsExceptionProbe(signal.name())) return "";

  const std::set<ProbeSource> sources = Sources(evidence);
  for (const Unit& unit : evidence.units()) {
    if (unit.sources.contains(haldane::v1::PROBE_SOURCE_NONE) ||
        unit.sources.contains(haldane::v1::PROBE_SOURCE_UNSPECIFIED)) {
      return absl::StrCat("host ", unit.host,
                          " has no exception probe on a Ruby of this service: run haldane doctor there");
    }
  }
  if (sources.size() > 1) {
    return absl::StrCat("exceptions are counted by different kinds of probe (", SourceNames(sources),
                        "), whose counts are not comparable");
  }
  return "";
}

void SetTotals(const stats::CohortSums& sums, haldane::v1::CohortTotals* totals) {
  totals->set_hosts(static_cast<uint32_t>(sums.hosts));
  totals->set_events(static_cast<uint64_t>(sums.events));
  totals->set_exposure(static_cast<uint64_t>(sums.exposure));
}

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
    excesses.push_back({counts.first / canary_exposure - counts.second / baseline_exposure, &name, counts});
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

// Each end of the interval at the level at which it decides, so that what is
// shown and what is decided agree: a lower end beyond the tolerance is harmful,
// an upper end below it is clear. (RatioSequence gives each end half of alpha.)
void SetInterval(double false_stop, double missed, const stats::CountSignal& data, Finding* finding) {
  constexpr double kMostAlpha = 0.999;
  const stats::RatioInterval lower = data.Interval(std::min(2 * false_stop, kMostAlpha));
  const stats::RatioInterval upper = data.Interval(std::min(2 * missed, kMostAlpha));
  finding->set_ratio(lower.ratio);
  finding->set_ratio_low(lower.low);
  finding->set_ratio_high(upper.high);
}

Finding JudgeSignal(const Plan& plan, const SignalPlan& signal, const stats::CountSignal& data,
                    const Evidence& evidence) {
  Finding finding;
  finding.set_signal(signal.name());
  finding.set_action(signal.action());
  finding.set_tolerate_ratio(signal.tolerate_ratio());
  finding.set_tolerate_absolute(signal.tolerate_absolute());
  finding.set_harm_bound(-std::log(plan.budget().false_stop() * Share(plan, signal)));
  // Twice the plain bound: the boundary is approached from the side where
  // drifting host effects hurt (docs/statistics.md).
  finding.set_clear_bound(std::log(2 / plan.budget().missed()));
  SetTotals(data.Sums(Cohort::kCanary), finding.mutable_canary());
  SetTotals(data.Sums(Cohort::kBaseline), finding.mutable_baseline());
  if (NeedsExceptionProbe(signal.name())) SetClasses(evidence, &finding);

  const std::string unfair = Unfair(signal, evidence, data);
  if (!unfair.empty()) {
    finding.set_state(haldane::v1::FINDING_STATE_NO_DATA);
    finding.set_reason(unfair);
    return finding;
  }
  SetInterval(plan.budget().false_stop() * Share(plan, signal), plan.budget().missed(), data, &finding);
  finding.set_harm_evidence(data.HarmEvidence());
  finding.set_clear_evidence(data.ClearEvidence(plan.budget().missed()));
  if (finding.harm_evidence() >= finding.harm_bound()) {
    finding.set_state(haldane::v1::FINDING_STATE_HARMFUL);
  } else if (finding.clear_evidence() >= finding.clear_bound()) {
    finding.set_state(haldane::v1::FINDING_STATE_CLEAR);
  } else {
    finding.set_state(haldane::v1::FINDING_STATE_UNDECIDED);
  }
  return finding;
}

}  // namespace

std::vector<Finding> Judge(const Plan& plan, const Evidence& evidence) {
  std::vector<Finding> findings;
  for (int s = 0; s < plan.signals_size(); ++s) {
    findings.push_back(JudgeSignal(plan, plan.signals(s), evidence.signals()[s], evidence));
  }
  return findings;
}

double CombinedEvidence(const Plan& plan, const std::vector<Finding>& findings) {
  std::vector<double> log_evidence, shares;
  for (int s = 0; s < plan.signals_size(); ++s) {
    if (!Decides(plan.signals(s))) continue;
    const bool usable = findings[s].state() != haldane::v1::FINDING_STATE_NO_DATA;
    log_evidence.push_back(usable ? findings[s].harm_evidence() : 0);
    shares.push_back(Share(plan, plan.signals(s)));
  }
  return log_evidence.empty() ? 0 : stats::WeightedLogEvidence(log_evidence, shares);
}

std::vector<std::string> SilentHosts(const Evidence& evidence, Cohort cohort, absl::Time now) {
  std::vector<std::string> silent;
  for (const Unit& unit : evidence.units()) {
    if (unit.cohort == cohort && !unit.process_ages_ms.empty() && now - unit.last_report > kSilentAfter) {
      silent.push_back(unit.host);
    }
  }
  return silent;
}

}  // namespace haldane::controller
