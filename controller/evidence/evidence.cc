#include "controller/evidence/evidence.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "controller/evidence/counters.h"
#include "controller/evidence/exits.h"
#include "plan/defaults.h"

namespace haldane::controller {
namespace {

using haldane::v1::Counters;
using haldane::v1::HostReport;
using haldane::v1::ProcessSample;

// A revision that invents class names without end must not take our memory.
constexpr size_t kMaxClasses = 1000;
// Nor must one whose processes end without end.
constexpr size_t kMaxEnded = 100000;
// Other sites lose a class's name or delay discovery, which skews no rate.
constexpr char kLosesResponses[] = "response_";
constexpr char kOtherClasses[] = "(other classes)";
constexpr absl::Duration kLongestStep = absl::Seconds(2);

absl::Duration AgeOf(const ProcessSample& sample) {
  constexpr uint64_t kOldestMs = uint64_t{1} << 40;  // decades; a hostile age must not overflow
  return absl::Milliseconds(static_cast<int64_t>(std::min(sample.age_ms(), kOldestMs)));
}

bool Selects(const haldane::v1::Plan& plan, const std::string& label) {
  const auto named = [&](const haldane::v1::Label& selector) { return selector.name() == label; };
  return label == "service" || std::any_of(plan.canary().begin(), plan.canary().end(), named) ||
         std::any_of(plan.baseline().begin(), plan.baseline().end(), named);
}

}  // namespace

Evidence::Evidence(const haldane::v1::Created& created)
    : plan_(created.plan()),
      profile_(created.profile()),
      history_(created.history()),
      warmup_ms_(absl::ToInt64Milliseconds(plan::FromProto(plan_.observe().warmup()))),
      signals_(MakeSignals()),
      peaks_(signals_.size(), 0) {}

Evidence::Signals Evidence::MakeSignals() const {
  const Past past = {.profile = &profile_, .history = &history_};
  Signals signals;
  for (const auto& signal : plan_.signals()) signals.push_back(MakeSignalEvidence(plan_, signal, past));
  return signals;
}

void Evidence::Observe(const haldane::v1::Tick& tick, absl::Time time) {
  if (first_tick_ == absl::InfinitePast()) first_tick_ = time;
  pending_.clear();
  for (const HostReport& report : tick.hosts()) ObserveHost(report, time);

  std::vector<UnitTick> ticks;
  for (auto& [unit, unit_tick] : pending_) ticks.push_back(std::move(unit_tick));
  for (size_t s = 0; s < signals_.size(); ++s) {
    signals_[s]->Observe(ticks, time);
    peaks_[s] = std::max(peaks_[s], signals_[s]->HarmEvidence());
  }
  for (const auto& signal : stage_signals_) signal->Observe(ticks, time);
  ObserveFailures(ticks);
  CountSideBySide(ticks, time);
  BeginStageWhenLarge();
  CountTime(time);
  last_tick_ = time;
}

void Evidence::ObserveHost(const HostReport& report, absl::Time time) {
  for (const Cohort cohort : {Cohort::kCanary, Cohort::kBaseline}) {
    const auto known = unit_index_.find({report.host(), cohort});
    if (known == unit_index_.end()) continue;
    Unit& unit = units_[known->second];
    // A restarted agent lists every process anew; those it does not are gone.
    if (unit.epoch != report.epoch()) unit.process_starts.clear();
    unit.epoch = report.epoch();
    unit.last_report = time;
  }
  CountLosses(report);
  for (const ProcessSample& sample : report.processes()) {
    const std::optional<Cohort> cohort = CohortOf(plan_, sample);
    if (cohort) ObserveProcess(report, sample, *cohort, time);
  }
  for (const Cohort cohort : {Cohort::kCanary, Cohort::kBaseline}) {
    const auto known = unit_index_.find({report.host(), cohort});
    if (known != unit_index_.end()) ObserveGaps(report, &units_[known->second], time);
  }
}

void Evidence::ObserveProcess(const HostReport& report, const ProcessSample& sample, Cohort cohort,
                              absl::Time time) {
  const size_t index = UnitIndex(report.host(), cohort);
  Unit& unit = units_[index];
  unit.epoch = report.epoch();
  unit.last_report = time;
  for (const haldane::v1::Label& label : sample.labels()) {
    if (!Selects(plan_, label.name())) unit.labels[label.name()] = label.value();
  }
  UnitTick& tick = pending_.try_emplace(index, UnitTick{.unit = static_cast<int>(index)}).first->second;

  const std::optional<ProcessLedger::Difference> difference = ledger_.Observe(report, sample);
  const std::pair<uint32_t, uint64_t> process(sample.process().pid(), sample.process().start_ns());
  if (sample.exited()) ObserveExit(report, sample, &tick);
  if (sample.exited() || !sample.counting()) {
    unit.process_starts.erase(process);
  } else {
    unit.process_starts[process] = time - AgeOf(sample);
  }
  if (sample.counting()) unit.sources.insert(sample.exception_source());
  if (sample.has_gauges() && !sample.exited()) {
    tick.levels.push_back({ProcessId(sample.process().boot_id(), process), sample.gauges()});
  }

  if (!difference) return;
  tick.process_seconds += static_cast<double>(difference->elapsed_ms) / 1000;
  if (difference->from_age_ms < warmup_ms_) return;
  AddCounters(difference->counters, &unit.totals);
  AddCounters(difference->counters, &tick.counters);
  CountClasses(cohort, difference->counters, &tick);
  if (difference->counters.http_requests() > 0) unit.last_traffic = time;
}

// Once per process, however often its end is reported.
void Evidence::ObserveExit(const HostReport& report, const ProcessSample& sample, UnitTick* tick) {
  const haldane::v1::ProcessKey& key = sample.process();
  if (ended_.size() >= kMaxEnded) return;
  if (!ended_.insert({report.host(), ProcessId(key.boot_id(), {key.pid(), key.start_ns()})}).second) return;
  ++tick->restarts;
  tick->crashes += IsCrash(sample.exit());
  tick->oom_kills += sample.exit().out_of_memory();
}

void Evidence::ObserveGaps(const HostReport& report, Unit* unit, absl::Time time) {
  std::map<std::string, Unit::Gap> gaps;
  for (const haldane::v1::SignalGap& gap : report.gaps()) {
    const auto before = unit->gaps.find(gap.signal());
    gaps[gap.signal()] = {.gap = gap, .since = before == unit->gaps.end() ? time : before->second.since};
  }
  unit->gaps = std::move(gaps);
}

size_t Evidence::UnitIndex(const std::string& host, Cohort cohort) {
  const auto [it, first] = unit_index_.try_emplace({host, cohort}, units_.size());
  if (first) {
    units_.push_back(Unit{.host = host, .cohort = cohort});
    guard_.AddHost(cohort);
    for (const auto& signal : signals_) signal->AddUnit(cohort, host);
    for (const auto& signal : stage_signals_) signal->AddUnit(cohort, host);
  }
  return it->second;
}

void Evidence::CountLosses(const HostReport& report) {
  uint64_t total = 0;
  for (const haldane::v1::DropCounter& drop : report.drops()) {
    if (absl::StartsWith(drop.site(), kLosesResponses)) total += drop.count();
  }
  const auto [it, first] = lost_totals_.try_emplace({report.host(), report.epoch()}, total);
  if (first || total <= it->second) return;
  for (const Cohort cohort : {Cohort::kCanary, Cohort::kBaseline}) {
    const auto known = unit_index_.find({report.host(), cohort});
    if (known != unit_index_.end()) units_[known->second].lost += total - it->second;
  }
  it->second = total;
}

void Evidence::CountClasses(Cohort cohort, const Counters& difference, UnitTick* tick) {
  for (const haldane::v1::ClassCount& entry : difference.classes()) {
    const bool room = classes_.size() < kMaxClasses || classes_.contains(entry.name());
    const std::string& name = room ? entry.name() : kOtherClasses;
    auto& [canary, baseline] = classes_[name];
    (cohort == Cohort::kCanary ? canary : baseline) += entry.count();
    if (room) tick->classes[name] += entry.count();
  }
}

void Evidence::ObserveFailures(const std::vector<UnitTick>& ticks) {
  std::vector<stats::HostTick> failures;
  for (const UnitTick& tick : ticks) {
    failures.push_back({.host = tick.unit,
                        .events = static_cast<double>(tick.counters.http_5xx()),
                        .exposure = static_cast<double>(tick.counters.http_requests())});
  }
  guard_.Observe(failures);
}

bool Evidence::MostAreWarm(Cohort cohort, absl::Time time) const {
  const absl::Duration warmup = plan::FromProto(plan_.observe().warmup());
  size_t live = 0, warm = 0;
  for (const Unit& unit : units_) {
    if (unit.cohort != cohort) continue;
    live += unit.process_starts.size();
    for (const auto& [process, start] : unit.process_starts) warm += time - start >= warmup;
  }
  return live > 0 && 10 * warm >= 9 * live;
}

void Evidence::CountSideBySide(const std::vector<UnitTick>& ticks, absl::Time time) {
  if (side_by_side_) {
    for (const UnitTick& tick : ticks) {
      units_[static_cast<size_t>(tick.unit)].responses_side_by_side += tick.counters.http_requests();
    }
  }
  // From the next tick on: this one's differences reach back into the warm-up.
  side_by_side_ |= MostAreWarm(Cohort::kCanary, time) && MostAreWarm(Cohort::kBaseline, time);
}

void Evidence::CountTime(absl::Time time) {
  bool canary = false, baseline = false;
  for (const Unit& unit : units_) {
    const bool data = plan_.exposure() == haldane::v1::EXPOSURE_UNIT_CPU_SECOND
                          ? unit.totals.cpu_us() > 0
                          : unit.totals.http_requests() > 0;
    const bool fresh = data && time - unit.last_report <= kLongestStep;
    (unit.cohort == Cohort::kCanary ? canary : baseline) |= fresh;
  }
  if (!canary || !baseline) return;
  const absl::Duration step = std::min(time - last_tick_, kLongestStep);
  observed_ += step;
  if (stage_begun_) stage_observed_ += step;
}

void Evidence::BeginStageWhenLarge() {
  if (stage_begun_) return;
  double canary = 0, all = 0;
  for (const Unit& unit : units_) {
    if (unit.process_starts.empty()) continue;
    canary += unit.cohort == Cohort::kCanary;
    all += 1;
  }
  if (plan_.stages().empty()) {
    stage_begun_ = true;
    return;
  }
  const haldane::v1::Stage& stage = plan_.stages(stage_);
  stage_begun_ = stage.hosts() > 0 ? canary >= stage.hosts() : all > 0 && canary / all >= stage.share();
}

void Evidence::PassStage() {
  ++stage_;
  stage_begun_ = false;
  stage_observed_ = absl::ZeroDuration();
  stage_signals_ = MakeSignals();
  for (const auto& signal : stage_signals_) {
    for (const Unit& unit : units_) signal->AddUnit(unit.cohort, unit.host);
  }
}

}  // namespace haldane::controller
