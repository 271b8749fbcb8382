#include "controller/history/self_test.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "controller/evidence/signal_values.h"
#include "controller/history/draw.h"
#include "plan/signals.h"

namespace haldane::controller {
namespace {

constexpr size_t kUsualShare = 4;
// A look every second would cost ten times as much and find little more.
constexpr int kOftenUntil = 120;
constexpr int kOften = 5;
constexpr int kLater = 20;
constexpr int kLastMinutes = 300;

bool IsLook(int second) { return second % (second <= kOftenUntil ? kOften : kLater) == 0; }

}  // namespace

SelfTest::Cast SelfTest::Draw(std::vector<std::string> hosts, size_t canary_hosts, uint64_t seed) {
  if (hosts.size() < 2) return {};
  std::sort(hosts.begin(), hosts.end());
  Shuffle(seed, &hosts);
  if (hosts.size() > kMaxHosts) hosts.resize(kMaxHosts);
  const size_t wanted = canary_hosts == 0 ? hosts.size() / kUsualShare : canary_hosts;
  const auto canaries = static_cast<int64_t>(std::clamp<size_t>(wanted, 1, hosts.size() / 2));
  return {.canary = {hosts.begin(), hosts.begin() + canaries},
          .baseline = {hosts.begin() + canaries, hosts.end()}};
}

haldane::v1::Plan SelfTest::PlanOf(haldane::v1::ExposureUnit exposure) {
  haldane::v1::Plan plan;
  plan.set_exposure(exposure);
  for (const plan::Signal& signal : plan::KnownSignals()) {
    if (!plan::IsRate(signal.kind)) continue;
    haldane::v1::SignalPlan* planned = plan.add_signals();
    planned->set_name(std::string(signal.name));
    planned->set_tolerate_ratio(1);
    planned->set_tolerate_absolute(0);
    planned->set_bad(signal.bad);
  }
  plan.mutable_observe()->mutable_max()->set_seconds(kSeconds);
  return plan;
}

SelfTest::SelfTest(haldane::v1::ExposureUnit exposure, std::string revision, const Cast& cast,
                   haldane::v1::Profile profile, haldane::v1::History past)
    : revision_(std::move(revision)),
      plan_(PlanOf(exposure)),
      profile_(std::move(profile)),
      past_(std::move(past)) {
  for (const std::string& host : cast.canary) units_.push_back({.host = host, .canary = true});
  for (const std::string& host : cast.baseline) units_.push_back({.host = host, .canary = false});
  std::sort(units_.begin(), units_.end(), [](const Unit& a, const Unit& b) { return a.host < b.host; });
  for (const haldane::v1::SignalPlan& signal : plan_.signals()) {
    auto evidence = MakeSignalEvidence(plan_, signal, Past{.profile = &profile_, .history = &past_});
    for (const Unit& unit : units_) {
      evidence->AddUnit(unit.canary ? Cohort::kCanary : Cohort::kBaseline, unit.host);
    }
    signals_.push_back({.name = signal.name(), .evidence = std::move(evidence)});
  }
}

SelfTest::~SelfTest() = default;

void SelfTest::Observe(absl::Span<const SeriesSecond> second, absl::Time time) {
  if (done()) return;
  ++seconds_;
  for (Signal& signal : signals_) {
    std::vector<UnitTick> ticks;
    for (const SeriesSecond& entry : second) {
      if (entry.series->revision != revision_ || !entry.series->Counts(signal.name)) continue;
      const auto unit =
          std::lower_bound(units_.begin(), units_.end(), entry.series->host,
                           [](const Unit& known, const std::string& host) { return known.host < host; });
      if (unit == units_.end() || unit->host != entry.series->host) continue;
      ticks.push_back(entry.ToUnitTick(static_cast<int>(unit - units_.begin())));
      if (ReadSignal(signal.name, ticks.back(), plan_.exposure()).exposure <= 0) continue;
      (unit->canary ? signal.last_canary : signal.last_baseline) = seconds_;
    }
    signal.evidence->Observe(ticks, time);
    if (signal.stopped || !IsLook(seconds_)) continue;
    signal.stopped = signal.evidence->HarmEvidence() >= std::log(1 / kLevel);
  }
}

std::vector<SelfTest::Outcome> SelfTest::outcomes() const {
  std::vector<Outcome> outcomes;
  for (const Signal& signal : signals_) {
    if (std::min(signal.last_canary, signal.last_baseline) <= kSeconds - kLastMinutes) continue;
    outcomes.push_back({.signal = signal.name, .stopped = signal.stopped});
  }
  return outcomes;
}

}  // namespace haldane::controller
