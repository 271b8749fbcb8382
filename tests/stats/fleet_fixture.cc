#include "fleet_fixture.h"

namespace haldane::stats {
namespace {

constexpr double kRequestsPerSecond = 20;
constexpr double kIncidentFactor = 20;
constexpr int kIncidentSeconds = 40;

double Gamma(std::mt19937_64& random, double shape) {
  return std::gamma_distribution<double>(shape, 1 / shape)(random);
}

}  // namespace

SimulatedFleet::SimulatedFleet(const FleetModel& model, std::uint64_t seed) : model_(model), random_(seed) {
  for (int h = 0; h < model.canary_hosts + model.baseline_hosts; ++h) {
    const double host = model.host_cv > 0 ? Gamma(random_, 1 / (model.host_cv * model.host_cv)) : 1;
    multipliers_.push_back(host);
  }
}

const std::vector<HostTick>& SimulatedFleet::Tick(double ratio) {
  if (model_.incident_every > 0 && std::bernoulli_distribution(1 / model_.incident_every)(random_)) {
    incident_left_ = kIncidentSeconds;
  }
  const double shared = incident_left_ > 0 ? kIncidentFactor : 1;
  if (incident_left_ > 0) --incident_left_;
  tick_.clear();
  for (int h = 0; h < static_cast<int>(multipliers_.size()); ++h) {
    double mean = model_.rate * shared * multipliers_[h] * (h < model_.canary_hosts ? ratio : 1);
    if (model_.tick_shape > 0) mean *= Gamma(random_, model_.tick_shape);
    // A Poisson law of mean zero is undefined.
    const double events = mean > 1e-12 ? std::poisson_distribution<int>(mean)(random_) : 0;
    tick_.push_back({h, events, kRequestsPerSecond});
  }
  return tick_;
}

CountSignal SignalFor(const FleetModel& model, const CountSignal::Options& options) {
  CountSignal signal(options);
  for (int h = 0; h < model.canary_hosts; ++h) signal.AddHost(Cohort::kCanary);
  for (int h = 0; h < model.baseline_hosts; ++h) signal.AddHost(Cohort::kBaseline);
  return signal;
}

}  // namespace haldane::stats
