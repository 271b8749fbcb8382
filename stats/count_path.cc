#include "stats/count_path.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace haldane::stats {
namespace {

// However regular a proportion looks, its counts are not taken for more than
// twenty times their number.
constexpr double kLeastOfProportions = 0.05;
constexpr int kAlwaysAsked = 16;  // hosts
constexpr double kAskAgainPerHost = 1.0 / 2048;

}  // namespace

CountPath::CountPath(Dispersion dispersion, const SpreadPrior& prior, double least_dispersion)
    : dispersion_(std::move(dispersion)), prior_(prior), least_dispersion_(least_dispersion) {}

void CountPath::AddPastTick(absl::Span<const HostTick> ticks) {
  split_.AddPastTick(ticks);
  dispersion_.AddTick(ticks);
}

void CountPath::AddTick(absl::Span<const HostTick> ticks) {
  split_.AddTick(ticks);
  dispersion_.AddTick(ticks);
  bool changed = false;
  for (const HostTick& tick : ticks) changed |= tick.events > 0;
  double least = least_dispersion_;
  if (least == 0) {
    const double exposure = split_.exposure(Cohort::kCanary) + split_.exposure(Cohort::kBaseline);
    const double events = split_.events(Cohort::kCanary) + split_.events(Cohort::kBaseline);
    least = std::max(kLeastOfProportions, exposure > 0 ? 1 - events / exposure : 1);
  }
  const double phi = dispersion_.Phi(least);
  if (!changed && phi == phi_) return;
  phi_ = phi;
  Refresh();
}

void CountPath::Refresh() {
  ++version_;
  const double events = split_.events(Cohort::kCanary) + split_.events(Cohort::kBaseline);
  const int hosts = split_.exposed_hosts();
  const double step = kAskAgainPerHost * std::max(0, hosts - kAlwaysAsked);
  const bool ask = hosts != asked_hosts_ || events > asked_events_ * (1 + step) ||
                   std::fabs(phi_ - asked_phi_) > step * asked_phi_;
  if (!ask) {
    engine_ = split_.Update(std::move(engine_), phi_);
    return;
  }
  engine_ = split_.Engine(phi_, SplitAccumulator::kNobody, prior_);
  asked_events_ = events;
  asked_phi_ = phi_;
  asked_hosts_ = hosts;
}

}  // namespace haldane::stats
