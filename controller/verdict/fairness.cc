#include "controller/verdict/fairness.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "controller/evidence/error_budget.h"
#include "controller/verdict/missing.h"

namespace haldane::controller {
namespace {

using haldane::v1::Fairness;
using haldane::v1::FairnessProblem;
using haldane::v1::MissingPolicy;
using haldane::v1::Plan;

constexpr double kNotableImbalance = 1.5;
constexpr double kUnusableImbalance = 10;
constexpr double kYoungSeconds = 600;
constexpr absl::Duration kLate = absl::Seconds(3);

void Add(FairnessProblem::Effect effect, std::string what, Fairness* fairness,
         const std::vector<std::string>& signals = {}) {
  FairnessProblem* problem = fairness->add_problems();
  problem->set_effect(effect);
  problem->set_what(std::move(what));
  for (const std::string& signal : signals) problem->add_signals(signal);
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// The effect of missing data at `now`; `drops` is false where nothing can be dropped.
FairnessProblem::Effect EffectOf(MissingPolicy policy, absl::Time since, absl::Time now, bool drops) {
  if (policy == haldane::v1::MISSING_POLICY_HALT && now - since >= kHaltAfter) {
    return FairnessProblem::EFFECT_HALTS;
  }
  if (policy == haldane::v1::MISSING_POLICY_DROP_SIGNAL && drops) {
    return FairnessProblem::EFFECT_DROPS_SIGNAL;
  }
  return FairnessProblem::EFFECT_BLOCKS_PROCEED;
}

void AddSilence(const Plan& plan, const Evidence& evidence, Fairness* fairness) {
  const absl::Time now = evidence.last_tick();
  for (const Cohort cohort : {Cohort::kCanary, Cohort::kBaseline}) {
    const std::vector<std::string> silent = SilentHosts(evidence, cohort, now);
    if (silent.empty()) continue;
    absl::Time since = now;
    for (const Unit& unit : evidence.units()) {
      if (!unit.process_starts.empty()) since = std::min(since, unit.last_report);
    }
    Add(EffectOf(plan.on_missing().agent_silent(), since, now, false),
        absl::StrCat(cohort == Cohort::kCanary ? "canary" : "baseline", " host ", absl::StrJoin(silent, ", "),
                     silent.size() == 1 ? " is" : " are", " silent: is the agent running?"),
        fairness);
  }
  std::vector<std::string> late;
  for (const Unit& unit : evidence.units()) {
    const absl::Duration age = now - unit.last_report;
    if (!unit.process_starts.empty() && age > kLate && age <= kSilentAfter) late.push_back(unit.host);
  }
  if (!late.empty()) {
    Add(FairnessProblem::EFFECT_NOTE,
        absl::StrCat("reports of ", absl::StrJoin(late, ", "),
                     " are late; what they count is added when they come"),
        fairness);
  }
}

// One problem per thing that is missing, naming the signals that lack it.
void AddMissing(const Plan& plan, const Evidence& evidence, Fairness* fairness) {
  struct Lack {
    Missing missing;
    std::vector<std::string> signals;
    bool blocks = false;
  };
  std::vector<std::string> order;
  std::map<std::string, Lack> lacks;
  int deciding = 0, lacking = 0;
  for (int s = 0; s < plan.signals_size(); ++s) {
    deciding += Decides(plan.signals(s)) && plan.signals(s).required();
    const std::optional<Missing> missing = FindMissing(plan, evidence, s);
    if (!missing) continue;
    lacking += Decides(plan.signals(s)) && plan.signals(s).required();
    const auto [it, first] = lacks.try_emplace(missing->what, Lack{*missing, {}, false});
    if (first) order.push_back(missing->what);
    it->second.signals.push_back(plan.signals(s).name());
    it->second.blocks |= Decides(plan.signals(s)) && plan.signals(s).required();
  }
  const bool drops = lacking < deciding;  // never the last that could clear the canary
  for (const std::string& what : order) {
    const Lack& lack = lacks.at(what);
    FairnessProblem::Effect effect =
        EffectOf(PolicyFor(plan, lack.missing.cause), lack.missing.since, evidence.last_tick(), drops);
    if (effect == FairnessProblem::EFFECT_BLOCKS_PROCEED && !lack.blocks)
      effect = FairnessProblem::EFFECT_NOTE;
    Add(effect, what, fairness, lack.signals);
  }
}

// What a cohort did before it was gone is no comparison at the same time.
void AddGone(const Plan& plan, const Evidence& evidence, Fairness* fairness) {
  for (const Cohort cohort : {Cohort::kCanary, Cohort::kBaseline}) {
    bool any = false, live = false;
    absl::Time since = evidence.first_tick();
    for (const Unit& unit : evidence.units()) {
      if (unit.cohort != cohort) continue;
      any = true;
      live |= !unit.process_starts.empty();
      since = std::max(since, unit.last_traffic);
    }
    const std::string what =
        absl::StrCat("all ", cohort == Cohort::kCanary ? "canary" : "baseline", " processes have ended");
    const bool said = std::any_of(fairness->problems().begin(), fairness->problems().end(),
                                  [&](const FairnessProblem& problem) { return problem.what() == what; });
    if (!any || live || said) continue;
    Add(EffectOf(plan.on_missing().no_traffic(), since, evidence.last_tick(), false), what, fairness);
  }
}

void AddBalance(const Evidence& evidence, Fairness* fairness) {
  double requests[2] = {}, hosts[2] = {};
  std::vector<double> ages[2];
  for (const Unit& unit : evidence.units()) {
    const int side = unit.cohort == Cohort::kCanary ? 0 : 1;
    requests[side] += static_cast<double>(unit.responses_side_by_side);
    hosts[side] += unit.responses_side_by_side > 0;
    for (const auto& [process, start] : unit.process_starts) {
      ages[side].push_back(absl::ToDoubleSeconds(evidence.last_tick() - start));
    }
    if (unit.process_starts.empty()) continue;
    if (side == 0) {
      fairness->set_canary_hosts(fairness->canary_hosts() + 1);
    } else {
      fairness->set_baseline_hosts(fairness->baseline_hosts() + 1);
    }
  }
  fairness->set_canary_age_seconds(Median(ages[0]));
  fairness->set_baseline_age_seconds(Median(ages[1]));
  if (hosts[0] == 0 || hosts[1] == 0) return;
  const double balance = (requests[0] / hosts[0]) / (requests[1] / hosts[1]);
  fairness->set_traffic_balance(balance);
  const double off = std::max(balance, 1 / balance);
  if (off < kNotableImbalance) return;
  Add(off >= kUnusableImbalance ? FairnessProblem::EFFECT_BLOCKS_PROCEED : FairnessProblem::EFFECT_NOTE,
      absl::StrFormat(
          "a canary host answers %.2g times the requests of a baseline host: is the balancer even?", balance),
      fairness);
}

void AddAges(Fairness* fairness) {
  const double canary = fairness->canary_age_seconds(), baseline = fairness->baseline_age_seconds();
  if (canary == 0 || baseline == 0 || std::min(canary, baseline) >= kYoungSeconds) return;
  if (std::max(canary, baseline) < 2 * std::min(canary, baseline)) return;
  Add(FairnessProblem::EFFECT_NOTE,
      absl::StrFormat(
          "%s processes are %.0f s old and %s ones %.0f s: caches and compiled code may differ; a "
          "longer warm-up or a restarted baseline compares like with like",
          canary < baseline ? "canary" : "baseline", std::min(canary, baseline),
          canary < baseline ? "baseline" : "canary", std::max(canary, baseline)),
      fairness);
}

// Labels whose values the cohorts do not share: zone, instance type and the like. A
// label with a value of its own for every host names hosts, not kinds of them.
void AddKindsOfHost(const Evidence& evidence, Fairness* fairness) {
  std::map<std::string, std::pair<std::set<std::string>, std::set<std::string>>> values;
  size_t hosts = 0;
  for (const Unit& unit : evidence.units()) {
    if (unit.process_starts.empty()) continue;
    ++hosts;
    for (const auto& [name, value] : unit.labels) {
      auto& [canary, baseline] = values[name];
      (unit.cohort == Cohort::kCanary ? canary : baseline).insert(value);
    }
  }
  for (const auto& [name, sides] : values) {
    const auto& [canary, baseline] = sides;
    if (canary.empty() || baseline.empty() || canary.size() + baseline.size() == hosts) continue;
    const bool shared =
        std::any_of(canary.begin(), canary.end(),
                    [&, &baseline = baseline](const std::string& v) { return baseline.contains(v); });
    if (shared) continue;
    Add(FairnessProblem::EFFECT_NOTE,
        absl::StrCat("canary hosts have ", name, " ", absl::StrJoin(canary, ", "), " and baseline hosts ",
                     absl::StrJoin(baseline, ", "),
                     ": a difference of hosts would look like one of revisions"),
        fairness);
  }
}

}  // namespace

Fairness AssessFairness(const Plan& plan, const Evidence& evidence) {
  Fairness fairness;
  AddSilence(plan, evidence, &fairness);
  AddMissing(plan, evidence, &fairness);
  AddGone(plan, evidence, &fairness);
  AddBalance(evidence, &fairness);
  AddAges(&fairness);
  AddKindsOfHost(evidence, &fairness);
  if (fairness.canary_hosts() == 1 || fairness.baseline_hosts() == 1) {
    Add(FairnessProblem::EFFECT_NOTE,
        absl::StrCat("there is one ", fairness.canary_hosts() == 1 ? "canary" : "baseline",
                     " host: an odd host cannot be told from a bad revision but by its own past"),
        &fairness);
  }
  std::stable_sort(fairness.mutable_problems()->begin(), fairness.mutable_problems()->end(),
                   [](const FairnessProblem& a, const FairnessProblem& b) {
                     const auto rank = [](const FairnessProblem& problem) {
                       switch (problem.effect()) {
                         case FairnessProblem::EFFECT_HALTS:
                           return 0;
                         case FairnessProblem::EFFECT_BLOCKS_PROCEED:
                           return 1;
                         case FairnessProblem::EFFECT_DROPS_SIGNAL:
                           return 2;
                         default:
                           return 3;
                       }
                     };
                     return rank(a) < rank(b);
                   });
  return fairness;
}

bool HasEffect(const Fairness& fairness, FairnessProblem::Effect effect) {
  return std::any_of(fairness.problems().begin(), fairness.problems().end(),
                     [&](const FairnessProblem& problem) { return problem.effect() == effect; });
}

}  // namespace haldane::controller
