#include "benchmarks/verdicts/random.h"

#include <cmath>

#include "stats/log_gamma.h"

namespace haldane::benchmarks {
namespace {

std::uint64_t SplitMix(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::uint64_t Rotate(std::uint64_t x, int bits) { return (x << bits) | (x >> (64 - bits)); }

// By inversion: one uniform, most often one comparison. For means below ten,
// where e^-mean is far from rounding away.
int SmallPoisson(Random& random, double mean) {
  double left = random.Uniform();
  double probability = std::exp(-mean);
  int events = 0;
  while (left > probability && events < 200) {
    left -= probability;
    ++events;
    probability *= mean / events;
  }
  return events;
}

// Transformed rejection (Hormann, 1993, PTRS), for means of ten and more.
int LargePoisson(Random& random, double mean) {
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double v_r = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = random.Uniform() - 0.5;
    const double v = random.Uniform();
    const double us = 0.5 - std::abs(u);
    const double k = std::floor((2 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= v_r) return static_cast<int>(k);
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const double left = std::log(v * inverse_alpha / (a / (us * us) + b));
    if (left <= k * std::log(mean) - mean - stats::LogGamma(k + 1)) return static_cast<int>(k);
  }
}

}  // namespace

Random::Random(absl::string_view name, std::uint64_t run) {
  std::uint64_t seed = 0xcbf29ce484222325;  // FNV-1a of the name
  for (const char c : name) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  seed ^= SplitMix(run);
  for (std::uint64_t& word : state_) word = SplitMix(seed);
}

std::uint64_t Random::Bits() {
  const std::uint64_t result = Rotate(state_[0] + state_[3], 23) + state_[0];
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = Rotate(state_[3], 45);
  return result;
}

double Random::Uniform() { return (static_cast<double>(Bits() >> 11) + 0.5) * 0x1p-53; }

double Random::Normal() {
  const double radius = std::sqrt(-2 * std::log(Uniform()));
  return radius * std::cos(2 * M_PI * Uniform());
}

double Random::Exponential() { return -std::log(Uniform()); }

// Marsaglia and Tsang, 2000.
double Random::Gamma(double shape) {
  if (shape < 1) {
    const double boost = std::pow(Uniform(), 1 / shape);
    return boost * Gamma(shape + 1);
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = Normal();
    const double v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    if (std::log(Uniform()) < x * x / 2 + d - d * v + d * std::log(v)) return d * v;
  }
}

int Random::Poisson(double mean) {
  if (mean <= 0) return 0;
  return mean < 10 ? SmallPoisson(*this, mean) : LargePoisson(*this, mean);
}

int Random::Binomial(int trials, double p) {
  int successes = 0;
  for (int i = 0; i < trials; ++i) successes += Uniform() < p ? 1 : 0;
  return successes;
}

}  // namespace haldane::benchmarks
