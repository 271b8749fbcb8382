#include "controller/history/signal_window.h"

#include <algorithm>
#include <utility>

#include "stats/grids.h"
#include "stats/spread_profile.h"

namespace haldane::controller {
namespace {

using haldane::v1::ProfileWindow;
using haldane::v1::SignalProfile;
using stats::HostTick;

constexpr int kEarly = 120;
constexpr size_t kEarlierWindows = 2;
constexpr int kTurns = 3;
constexpr int kMinute = 60;
// As stats/count_signal.cc: no proportion is more regular.
constexpr double kLeastProportion = 0.05;

std::vector<stats::Dispersion::Sums> SumsOfScales(const stats::Dispersion& dispersion) {
  std::vector<stats::Dispersion::Sums> sums;
  for (int scale = 0; scale < dispersion.scales(); ++scale) sums.push_back(dispersion.sums(scale));
  return sums;
}

}  // namespace

std::vector<double> UsualDispersions(const SignalProfile& profile, plan::SignalKind kind, bool raw) {
  const double least = kind == plan::SignalKind::kProportion ? kLeastProportion : 1;
  std::vector<double> usual;
  for (int scale = 0; scale < stats::Dispersion().scales(); ++scale) {
    std::vector<stats::Dispersion::Sums> sums;
    for (const ProfileWindow& window : profile.window()) {
      const auto& seen = raw ? window.raw_dispersion_seen() : window.dispersion_seen();
      const auto& expected = raw ? window.raw_dispersion_expected() : window.dispersion_expected();
      if (scale >= seen.size() || scale >= expected.size()) continue;
      sums.push_back({.ss = seen[scale], .se = expected[scale]});
    }
    usual.push_back(stats::UsualDispersion(sums, least));
  }
  return usual;
}

SignalWindow::SignalWindow(const plan::Signal& signal) : signal_(signal) { StartAfresh(); }

void SignalWindow::StartAfresh() {
  for (Path* path : {&capped_, &raw_}) {
    path->dispersion = stats::Dispersion();
    path->before = SumsOfScales(path->dispersion);
  }
  buckets_.clear();
  sums_.clear();
  early_sums_.clear();
  earlier_.clear();
  last_rare_.clear();
  ticks_ = 0;
  events_ = exposure_ = known_events_ = known_exposure_ = 0;
}

void SignalWindow::AddTick(absl::Span<const HostTick> ticks) {
  ++ticks_;
  if (is_rare()) return AddRare(ticks);
  const std::vector<HostTick> capped =
      is_capped() ? Cap(ticks) : std::vector<HostTick>(ticks.begin(), ticks.end());
  capped_.dispersion.AddTick(capped);
  if (is_capped()) raw_.dispersion.AddTick(ticks);

  double events = 0, exposure = 0;
  for (const HostTick& tick : capped) {
    events += tick.events;
    exposure += tick.exposure;
  }
  for (const HostTick& tick : capped) {
    const auto host = static_cast<size_t>(tick.host);
    if (host >= sums_.size()) sums_.resize(host + 1);
    sums_[host].events += tick.events;
    if (exposure > 0) sums_[host].expected += events * (tick.exposure / exposure);
  }
  for (const HostTick& tick : ticks) {
    events_ += tick.events;
    exposure_ += tick.exposure;
    known_events_ += tick.events;
    known_exposure_ += tick.exposure;
  }
  if (ticks_ == kEarly) early_sums_ = sums_;
}

void SignalWindow::AddRare(absl::Span<const HostTick> ticks) {
  for (const HostTick& tick : ticks) {
    exposure_ += tick.exposure;
    if (!(tick.events > 0)) continue;
    const auto [last, first] = last_rare_.try_emplace(tick.host, ticks_);
    if (!first && ticks_ - last->second < kMinute) continue;
    last->second = ticks_;
    ++events_;
  }
}

std::vector<HostTick> SignalWindow::Cap(absl::Span<const HostTick> ticks) {
  // The rate of past ticks only, so that a cap does not depend on what it caps.
  const double past_rate = known_exposure_ > 0 ? (known_events_ + 0.5) / known_exposure_ : 0;
  std::vector<HostTick> capped(ticks.begin(), ticks.end());
  for (HostTick& tick : capped) {
    const auto host = static_cast<size_t>(tick.host);
    if (host >= buckets_.size()) buckets_.resize(host + 1);
    tick.events = buckets_[host].Pass(tick.events, tick.exposure, past_rate);
  }
  return capped;
}

SignalWindow::HostSums SignalWindow::SumsOf(int64_t turn) const {
  if (turn % kTurns == 0 && !early_sums_.empty()) return early_sums_;
  HostSums sums = sums_;
  if (turn % kTurns != 2 || earlier_.size() < kEarlierWindows) return sums;
  for (const HostSums& before : earlier_) {
    if (before.size() > sums.size()) sums.resize(before.size());
    for (size_t host = 0; host < before.size(); ++host) {
      sums[host].events += before[host].events;
      sums[host].expected += before[host].expected;
    }
  }
  return sums;
}

double SignalWindow::UsualPhi(const SignalProfile& known, const ProfileWindow& window) const {
  SignalProfile with_this;
  *with_this.mutable_window() = known.window();
  *with_this.add_window() = window;
  const std::vector<double> usual = UsualDispersions(with_this, signal_.kind, false);
  const double p = exposure_ > 0 ? events_ / exposure_ : 0;
  const double floor = is_capped() ? 1 : std::max(kLeastProportion, 1 - p);
  return std::max(floor, *std::max_element(usual.begin(), usual.end()));
}

ProfileWindow SignalWindow::Close(const SignalProfile& known, int64_t turn) {
  ProfileWindow window;
  window.set_events(events_);
  window.set_exposure(exposure_);
  if (!is_rare()) {
    const auto add = [](Path& path, auto* seen, auto* expected) {
      const auto now = SumsOfScales(path.dispersion);
      for (size_t i = 0; i < now.size(); ++i) {
        seen->Add(now[i].ss - path.before[i].ss);
        expected->Add(now[i].se - path.before[i].se);
      }
      path.before = now;
    };
    add(capped_, window.mutable_dispersion_seen(), window.mutable_dispersion_expected());
    if (is_capped())
      add(raw_, window.mutable_raw_dispersion_seen(), window.mutable_raw_dispersion_expected());

    const double phi = UsualPhi(known, window);
    stats::CohortCounts counts;
    double expected = 0;
    for (const Sums& host : SumsOf(turn)) {
      if (!(host.expected > 0)) continue;
      counts.events.push_back(host.events / phi);
      counts.weights.push_back(host.expected);
      expected += host.expected;
    }
    for (double& weight : counts.weights) weight *= static_cast<double>(counts.weights.size()) / expected;
    const auto likelihood = stats::SpreadLikelihood(counts, stats::kSpreadGrid);
    window.mutable_log_likelihood()->Add(likelihood.begin(), likelihood.end());
  }

  earlier_.push_back(std::exchange(sums_, {}));
  if (earlier_.size() > kEarlierWindows) earlier_.pop_front();
  early_sums_.clear();
  ticks_ = 0;
  last_rare_.clear();
  events_ = exposure_ = 0;
  return window;
}

}  // namespace haldane::controller
