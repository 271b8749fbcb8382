#include "controller/simulation/simulation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <random>

#include "absl/strings/str_cat.h"
#include "base/log_linear.h"
#include "controller/evidence/error_budget.h"
#include "controller/evidence/signal_evidence.h"
#include "controller/evidence/signal_values.h"
#include "controller/evidence/unit_tick.h"
#include "plan/defaults.h"
#include "plan/signals.h"
#include "stats/combination.h"
#include "stats/planner.h"

namespace haldane::controller {
namespace {

using haldane::v1::Plan;
using plan::SignalKind;

constexpr double kLatencySigma = 0.5;
// Evidence of no harm is looked at this often: it is the slower to compute, and
// five seconds do not matter to somebody who plans.
constexpr int kClearEvery = 5;

double NormalTail(double z) { return 0.5 * std::erfc(z / std::sqrt(2.0)); }

// The share of each latency bucket, for a median in microseconds.
std::array<double, HALDANE_DURATION_BUCKETS> LatencyShares(double median_us) {
  std::array<double, HALDANE_DURATION_BUCKETS> shares{};
  const auto above = [&](uint64_t edge) {
    return edge == 0
               ? 1.0
               : NormalTail((std::log(static_cast<double>(edge)) - std::log(median_us)) / kLatencySigma);
  };
  for (uint32_t i = 0; i < HALDANE_DURATION_BUCKETS; ++i) {
    const double next = i + 1 < HALDANE_DURATION_BUCKETS ? above(haldane_duration_edge(i + 1)) : 0;
    shares[i] = above(haldane_duration_edge(i)) - next;
  }
  return shares;
}

class SimulatedFleet {
 public:
  SimulatedFleet(const Plan& plan, const SimulatedService& service, const SimulatedHarm& harm, uint64_t seed)
      : plan_(plan), service_(service), harm_(harm), random_(seed) {
    for (int i = 0; i < service.canary_hosts + service.baseline_hosts; ++i) {
      canary_.push_back(i < service.canary_hosts);
      // Gamma with mean one: the model of hosts that the engine assumes.
      const double shape = service.host_spread > 0 ? 1 / (service.host_spread * service.host_spread) : 0;
      effects_.push_back(shape > 0 ? std::gamma_distribution<double>(shape, 1 / shape)(random_) : 1);
    }
    latency_[0] = LatencyShares(service.latency_ms * 1000);
    latency_[1] = LatencyShares(service.latency_ms * 1000 * (harm.signal == "http.latency" ? harm.ratio : 1));
  }

  size_t hosts() const { return canary_.size(); }
  bool canary(size_t host) const { return canary_[host]; }

  // What every host does in a second; nothing is wrong before the rollout.
  std::vector<UnitTick> Second(bool before = false) {
    std::vector<UnitTick> ticks;
    for (size_t host = 0; host < canary_.size(); ++host) {
      UnitTick tick;
      tick.unit = static_cast<int>(host);
      tick.process_seconds = 1;
      const uint64_t requests = Draw(service_.requests_per_second);
      tick.counters.set_http_requests(requests);
      tick.counters.set_cpu_us(1000000);
      const double exposure =
          plan_.exposure() == haldane::v1::EXPOSURE_UNIT_CPU_SECOND ? 1 : static_cast<double>(requests);
      tick.counters.set_exceptions(Draw(exposure * Rate(before, "ruby.exceptions", host)));
      tick.counters.set_http_5xx(std::min(requests, Draw(exposure * Rate(before, "http.5xx", host))));
      tick.counters.set_http_4xx(std::min(requests, Draw(exposure * Rate(before, "http.4xx", host))));
      tick.counters.set_gc_runs(Draw(exposure * Rate(before, "ruby.gc.count", host)));
      tick.counters.set_loads(Draw(exposure * Rate(before, "ruby.loads", host)));
      tick.counters.set_sys_errors(Draw(exposure * Rate(before, "sys.errors", host)));
      tick.counters.set_tcp_connect_failures(Draw(exposure * Rate(before, "tcp.connect_failures", host)));
      const auto& shares = latency_[canary_[host] && !before ? 1 : 0];
      for (uint32_t i = 0; i < HALDANE_DURATION_BUCKETS; ++i) {
        if (shares[i] < 1e-7) continue;
        const uint64_t count = Draw(static_cast<double>(requests) * shares[i]);
        if (count == 0) continue;
        haldane::v1::Histogram::Bucket* bucket = tick.counters.mutable_http_latency()->add_buckets();
        bucket->set_index(i);
        bucket->set_count(count);
      }
      ticks.push_back(std::move(tick));
    }
    return ticks;
  }

 private:
  double Rate(bool before, const std::string& signal, size_t host) const {
    const auto named = service_.rates.find(signal);
    const double base = named == service_.rates.end() ? DefaultRate(signal) : named->second;
    return base * effects_[host] * (!before && canary_[host] && harm_.signal == signal ? harm_.ratio : 1);
  }
  uint64_t Draw(double mean) {
    return mean > 0 ? static_cast<uint64_t>(std::poisson_distribution<int64_t>(mean)(random_)) : 0;
  }

  const Plan& plan_;
  const SimulatedService& service_;
  const SimulatedHarm& harm_;
  std::mt19937_64 random_;
  std::vector<bool> canary_;
  std::vector<double> effects_;
  std::array<double, HALDANE_DURATION_BUCKETS> latency_[2];  // baseline, canary
};

std::string HostName(size_t host) { return absl::StrCat("host-", host); }

// What all hosts did before the rollout, as its log would hold it.
haldane::v1::History PlayPast(const Plan& plan, SimulatedFleet* fleet) {
  constexpr uint32_t kSeconds = 600;
  haldane::v1::History history;
  for (const haldane::v1::SignalPlan& signal : plan.signals()) {
    if (plan::IsRate(plan::FindSignal(signal.name())->kind)) history.add_signals(signal.name());
  }
  for (size_t host = 0; host < fleet->hosts(); ++host) history.add_hosts()->set_host(HostName(host));
  for (uint32_t before = kSeconds; before > 0; --before) {
    for (const UnitTick& tick : fleet->Second(true)) {
      haldane::v1::HistorySecond* second = history.mutable_hosts(tick.unit)->add_seconds();
      second->set_before(before);
      for (const std::string& signal : history.signals()) {
        const SignalValue value = ReadSignal(signal, tick, plan.exposure());
        second->add_events(static_cast<uint64_t>(value.events));
        second->add_exposure(static_cast<uint64_t>(value.exposure));
      }
    }
  }
  return history;
}

// True for signals that can be played.
bool IsPlayed(const haldane::v1::SignalPlan& signal) {
  return plan::RequiredByDefault(plan::FindSignal(signal.name())->kind);
}

// The evidence of a rollout's played signals.
class Bench {
 public:
  // `history` outlives the bench.
  Bench(const Plan& plan, const SimulatedFleet& fleet, const haldane::v1::History& history) : plan_(plan) {
    for (int s = 0; s < plan.signals_size(); ++s) {
      if (!IsPlayed(plan.signals(s))) continue;
      played_.push_back(
          {s, MakeSignalEvidence(plan, plan.signals(s), {.profile = nullptr, .history = &history})});
      for (size_t host = 0; host < fleet.hosts(); ++host) {
        played_.back().evidence->AddUnit(fleet.canary(host) ? Cohort::kCanary : Cohort::kBaseline,
                                         HostName(host));
      }
    }
  }

  void Observe(const std::vector<UnitTick>& ticks, absl::Time time) {
    for (Played& played : played_) played.evidence->Observe(ticks, time);
  }

  bool Harmful() const {
    std::vector<double> evidence, shares;
    for (int s = 0; s < plan_.signals_size(); ++s) {
      if (!Decides(plan_.signals(s))) continue;
      shares.push_back(BudgetOf(plan_, s).false_stop / plan_.budget().false_stop());
      const auto played =
          std::find_if(played_.begin(), played_.end(), [&](const Played& p) { return p.signal == s; });
      evidence.push_back(played == played_.end() ? 0 : played->evidence->HarmEvidence());
    }
    return !evidence.empty() &&
           stats::WeightedLogEvidence(evidence, shares) >= -std::log(plan_.budget().false_stop());
  }

  bool Clear() const {
    for (const Played& played : played_) {
      const haldane::v1::SignalPlan& signal = plan_.signals(played.signal);
      if (!Decides(signal) || !signal.required()) continue;
      haldane::v1::Finding finding;
      const ErrorBudget budget = BudgetOf(plan_, played.signal);
      played.evidence->Describe(budget, &finding);
      if (finding.clear_evidence() < std::log(2 / budget.missed)) return false;
    }
    return true;
  }

 private:
  struct Played {
    int signal;
    std::unique_ptr<SignalEvidence> evidence;
  };
  const Plan& plan_;
  std::vector<Played> played_;
};

}  // namespace

double DefaultRate(const std::string& signal) {
  // What a Rails application under Puma commonly shows.
  if (signal == "ruby.exceptions") return 0.05;
  if (signal == "http.5xx") return 0.001;
  if (signal == "http.4xx") return 0.02;
  if (signal == "ruby.gc.count") return 0.1;
  return 0.01;
}

SimulatedRollout Simulate(const Plan& plan, const SimulatedService& service, const SimulatedHarm& harm,
                          uint64_t seed) {
  SimulatedFleet fleet(plan, service, harm, seed);
  const haldane::v1::History history = service.same_hosts ? PlayPast(plan, &fleet) : haldane::v1::History();
  Bench bench(plan, fleet, history);
  const auto min = static_cast<int>(plan.observe().min().seconds());
  const auto max = static_cast<int>(plan.observe().max().seconds());
  for (int second = 1; second <= max; ++second) {
    bench.Observe(fleet.Second(), absl::FromUnixSeconds(second));
    if (bench.Harmful()) return {SimulatedEnd::kStop, static_cast<double>(second)};
    if (second >= min && (second - min) % kClearEvery == 0 && bench.Clear()) {
      return {SimulatedEnd::kProceed, static_cast<double>(second)};
    }
  }
  return {SimulatedEnd::kUndecided, static_cast<double>(max)};
}

absl::Status CheckSimulation(const Plan& plan, const SimulatedService& service, const SimulatedHarm& harm) {
  if (service.canary_hosts < 1 || service.canary_hosts > 1000 || service.baseline_hosts < 1 ||
      service.baseline_hosts > 1000) {
    return absl::InvalidArgumentError("--canary-hosts and --baseline-hosts must be from 1 to 1000");
  }
  if (!(service.requests_per_second > 0 && service.requests_per_second <= 1e5)) {
    return absl::InvalidArgumentError("--requests must be above 0 and at most 100000 a second per host");
  }
  if (!(service.host_spread >= 0 && service.host_spread <= 3)) {
    return absl::InvalidArgumentError("--spread must be from 0 to 3, such as 0.1");
  }
  if (!(service.latency_ms > 0 && service.latency_ms <= 1e5)) {
    return absl::InvalidArgumentError("--latency must be above 0 and at most 100000 milliseconds");
  }
  for (const auto& [signal, rate] : service.rates) {
    const plan::Signal* known = plan::FindSignal(signal);
    if (known == nullptr || !plan::IsRate(known->kind)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--rate ", signal, ": is not a rate; docs/signals.md lists them"));
    }
    if (!(rate >= 0 && rate <= (known->kind == SignalKind::kProportion ? 1 : 1000))) {
      return absl::InvalidArgumentError(absl::StrCat("--rate ", signal, ": ", rate, " is out of range"));
    }
  }
  if (harm.signal.empty()) return absl::OkStatus();
  const bool judged = std::any_of(plan.signals().begin(), plan.signals().end(),
                                  [&](const auto& s) { return s.name() == harm.signal && IsPlayed(s); });
  if (!judged) {
    return absl::InvalidArgumentError(
        absl::StrCat("--effect ", harm.signal, ": is not a rate or distribution that the plan judges"));
  }
  if (!(harm.ratio > 0 && harm.ratio <= 1000)) {
    return absl::InvalidArgumentError("--effect: the ratio must be above 0 and at most 1000, such as 2x");
  }
  return absl::OkStatus();
}

SimulationSummary Summarize(const std::vector<SimulatedRollout>& rollouts) {
  SimulationSummary summary;
  summary.runs = static_cast<int>(rollouts.size());
  std::vector<double> seconds[2];
  for (const SimulatedRollout& rollout : rollouts) {
    summary.proceeded += rollout.end == SimulatedEnd::kProceed;
    summary.stopped += rollout.end == SimulatedEnd::kStop;
    summary.undecided += rollout.end == SimulatedEnd::kUndecided;
    if (rollout.end != SimulatedEnd::kUndecided) {
      seconds[rollout.end == SimulatedEnd::kProceed ? 0 : 1].push_back(rollout.seconds);
    }
  }
  std::vector<double>& most = seconds[summary.stopped > summary.proceeded ? 1 : 0];
  if (most.empty()) return summary;
  std::sort(most.begin(), most.end());
  summary.median_seconds = most[most.size() / 2];
  summary.p90_seconds = most[most.size() * 9 / 10];
  return summary;
}

double DetectableRatioOf(const Plan& plan, int s, const SimulatedService& service) {
  const haldane::v1::SignalPlan& signal = plan.signals(s);
  if (!plan::IsRate(plan::FindSignal(signal.name())->kind)) return 0;
  const auto named = service.rates.find(signal.name());
  const double base = named == service.rates.end() ? DefaultRate(signal.name()) : named->second;
  const double exposure =
      plan.exposure() == haldane::v1::EXPOSURE_UNIT_CPU_SECOND ? 1 : service.requests_per_second;
  if (base * exposure <= 0) return 0;
  const stats::RolloutShape shape = {.canary_hosts = static_cast<double>(service.canary_hosts),
                                     .baseline_hosts = static_cast<double>(service.baseline_hosts),
                                     .rate = base * exposure,
                                     .host_spread = service.host_spread};
  return stats::DetectableRatio(shape, static_cast<double>(plan.observe().max().seconds()),
                                BudgetOf(plan, s).false_stop, stats::kOverheadCold, signal.tolerate_ratio());
}

}  // namespace haldane::controller
