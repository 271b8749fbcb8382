#include "controller/evidence/evidence.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "controller/evidence/signal_values.h"
#include "plan/defaults.h"
#include "plan/signals.h"

namespace haldane::controller {
namespace {

using haldane::v1::Counters;

// A revision that invents class names without end must not take our memory.
constexpr size_t kMaxClasses = 1000;
// Other sites lose a class's name or delay discovery, which skews no rate.
constexpr char kLosesResponses[] = "response_";
constexpr char kOtherClasses[] = "(other classes)";
constexpr absl::Duration kLongestStep = absl::Seconds(2);

void Add(const Counters& difference, Counters* sum) {
  sum->set_http_requests(sum->http_requests() + difference.http_requests());
  sum->set_http_4xx(sum->http_4xx() + difference.http_4xx());
  sum->set_http_5xx(sum->http_5xx() + difference.http_5xx());
  sum->set_exceptions(sum->exceptions() + difference.exceptions());
  sum->set_exceptions_control_flow(sum->exceptions_control_flow() + difference.exceptions_control_flow());
}

stats::CountSignal::Options SignalOptions(const haldane::v1::SignalPlan& signal) {
  using Kind = stats::CountSignal::Options::Kind;
  stats::CountSignal::Options options;
  options.tolerate_ratio = signal.tolerate_ratio();
  options.tolerate_absolute = signal.tolerate_absolute();
  const plan::Signal* known = plan::FindSignal(signal.name());
  options.kind =
      known != nullptr && known->kind == plan::SignalKind::kProportion ? Kind::kProportion : Kind::kCount;
  return options;
}

}  // namespace

Evidence::Evidence(const haldane::v1::Plan& plan)
    : plan_(plan), warmup_ms_(absl::ToInt64Milliseconds(plan::FromProto(plan.observe().warmup()))) {
  for (const auto& signal : plan_.signals()) signals_.emplace_back(SignalOptions(signal));
}

void Evidence::Observe(const haldane::v1::Tick& tick, absl::Time time) {
  pending_.clear();
  for (const haldane::v1::HostReport& report : tick.hosts()) ObserveHost(report, time);

  std::vector<stats::HostTick> host_ticks;
  for (int s = 0; s < plan_.signals_size(); ++s) {
    host_ticks.clear();
    for (const auto& [unit, sum] : pending_) {
      const SignalValue value = ReadSignal(plan_.signals(s).name(), sum).value_or(SignalValue{});
      host_ticks.push_back({.host = static_cast<int>(unit),
                            .events = static_cast<double>(value.events),
                            .exposure = static_cast<double>(value.exposure)});
    }
    signals_[s].Observe(host_ticks);
  }

  bool canary = false, baseline = false;
  for (const Unit& unit : units_) {
    const bool fresh = unit.totals.http_requests() > 0 && time - unit.last_report <= kLongestStep;
    (unit.cohort == Cohort::kCanary ? canary : baseline) |= fresh;
  }
  if (canary && baseline) observed_ += std::min(time - last_tick_, kLongestStep);
  last_tick_ = time;
}

void Evidence::ObserveHost(const haldane::v1::HostReport& report, absl::Time time) {
  for (Unit& unit : units_) {
    if (unit.host != report.host()) continue;
    // A restarted agent lists every process anew; those it does not are gone.
    if (unit.epoch != report.epoch()) unit.process_ages_ms.clear();
    unit.epoch = report.epoch();
    unit.last_report = time;
  }
  CountLosses(report);
  for (const haldane::v1::ProcessSample& sample : report.processes()) {
    const std::optional<Cohort> cohort = CohortOf(plan_, sample);
    if (!cohort) continue;
    const size_t index = UnitIndex(report.host(), *cohort);
    Unit& unit = units_[index];
    unit.epoch = report.epoch();
    unit.last_report = time;

    const std::optional<ProcessLedger::Difference> difference = ledger_.Observe(report, sample);
    const std::pair<uint32_t, uint64_t> process(sample.process().pid(), sample.process().start_ns());
    if (sample.exited() || !sample.counting()) {
      unit.process_ages_ms.erase(process);
    } else {
      unit.process_ages_ms[process] = sample.age_ms();
    }
    if (sample.counting()) unit.sources.insert(sample.exception_source());

    if (!difference || difference->from_age_ms < warmup_ms_) continue;
    Add(difference->counters, &unit.totals);
    Add(difference->counters, &pending_[index]);
    CountClasses(*cohort, difference->counters);
  }
}

size_t Evidence::UnitIndex(const std::string& host, Cohort cohort) {
  for (size_t i = 0; i < units_.size(); ++i) {
    if (units_[i].cohort == cohort && units_[i].host == host) return i;
  }
  units_.push_back(Unit{.host = host, .cohort = cohort});
  for (stats::CountSignal& signal : signals_) signal.AddHost(cohort);
  return units_.size() - 1;
}

void Evidence::CountLosses(const haldane::v1::HostReport& report) {
  uint64_t total = 0;
  for (const haldane::v1::DropCounter& drop : report.drops()) {
    if (absl::StartsWith(drop.site(), kLosesResponses)) total += drop.count();
  }
  const auto [it, first] = lost_totals_.try_emplace({report.host(), report.epoch()}, total);
  if (first || total <= it->second) return;
  for (Unit& unit : units_) {
    if (unit.host == report.host()) unit.lost += total - it->second;
  }
  it->second = total;
}

void Evidence::CountClasses(Cohort cohort, const Counters& difference) {
  for (const haldane::v1::ClassCount& entry : difference.classes()) {
    const bool room = classes_.size() < kMaxClasses || classes_.contains(entry.name());
    auto& [canary, baseline] = classes_[room ? entry.name() : kOtherClasses];
    (cohort == Cohort::kCanary ? canary : baseline) += entry.count();
  }
}

}  // namespace haldane::controller
