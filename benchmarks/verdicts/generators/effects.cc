#include "benchmarks/verdicts/generators/effects.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace haldane::benchmarks {

std::vector<double> HostSpread(int hosts, double cv, Random& random) {
  const double shape = 1 / (cv * cv);
  std::vector<double> factors;
  for (int host = 0; host < hosts; ++host) factors.push_back(random.Gamma(shape) / shape);
  return factors;
}

std::vector<double> LogNormalSpread(int hosts, double sd, Random& random) {
  std::vector<double> factors;
  for (int host = 0; host < hosts; ++host) factors.push_back(std::exp(sd * random.Normal() - sd * sd / 2));
  return factors;
}

DriftingRates::DriftingRates(int hosts, double sd, double seconds, Random& random)
    : sd_(sd), keep_(std::exp(-1 / seconds)) {
  for (int host = 0; host < hosts; ++host) z_.push_back(random.Normal());
}

void DriftingRates::Advance(Random& random) {
  const double fresh = std::sqrt(1 - keep_ * keep_);
  for (double& z : z_) z = keep_ * z + fresh * random.Normal();
}

double DriftingRates::Factor(int host) const { return std::exp(sd_ * z_[host] - sd_ * sd_ / 2); }

SharedIncidents::SharedIncidents(int hosts, double chance, double host_sd)
    : chance_(chance), host_sd_(host_sd), factors_(static_cast<std::size_t>(hosts), 1) {}

void SharedIncidents::Advance(Random& random) {
  if (left_ > 0) {
    left_ -= 1;
    return;
  }
  if (random.Uniform() >= chance_) return;
  left_ = 1 + 60 * random.Exponential();
  for (double& factor : factors_) {
    factor = 20 * std::exp(host_sd_ * random.Normal() - host_sd_ * host_sd_ / 2);
  }
}

double HostBursts::Emit(int host, Random& random) {
  double& backlog = backlog_[host];
  if (random.Uniform() < chance_) {
    const double size = size_ == Size::kExponential ? 1 + 30 * random.Exponential()
                                                    : 3 * std::pow(random.Uniform(), -1 / 1.5);
    backlog += std::floor(std::min(size, 2000.0));
  }
  const double emitted = std::ceil(0.6 * backlog);
  backlog -= emitted;
  return emitted;
}

Wave::Wave(double amplitude, double period, Random& random)
    : amplitude_(amplitude), period_(period), phase_(2 * M_PI * random.Uniform()) {}

double Wave::At(int second) const { return 1 + amplitude_ * std::sin(2 * M_PI * second / period_ + phase_); }

double ColdFactor(double age) { return 1 + 4 * std::exp(-age / 30); }

}  // namespace haldane::benchmarks
