#pragma once

#include <vector>

#include "benchmarks/verdicts/random.h"

// What the noise models are put together from.
namespace haldane::benchmarks {

// A persistent factor for each host: gamma, mean 1, coefficient of variation cv.
std::vector<double> HostSpread(int hosts, double cv, Random& random);

// The same, log-normal: exp(sd z - sd^2/2), z normal. Heavier tails, mean 1.
std::vector<double> LogNormalSpread(int hosts, double sd, Random& random);

// exp(z - sd^2/2) for each host, z a stationary first-order autoregression with
// standard deviation `sd` and time constant `seconds`. Mean 1.
class DriftingRates {
 public:
  DriftingRates(int hosts, double sd, double seconds, Random& random);
  void Advance(Random& random);
  double Factor(int host) const;

 private:
  double sd_;
  double keep_;
  std::vector<double> z_;  // in units of sd
};

// Incidents that all hosts share: they begin with probability `chance` in a
// quiet second, last 1 + Exponential(60) seconds and multiply rates by 20, on
// each host times exp(host_sd z - host_sd^2/2), drawn anew for each incident.
class SharedIncidents {
 public:
  SharedIncidents(int hosts, double chance, double host_sd);
  void Advance(Random& random);
  double Factor(int host) const { return left_ > 0 ? factors_[host] : 1; }

 private:
  double chance_;
  double host_sd_;
  double left_ = 0;  // seconds
  std::vector<double> factors_;
};

// Bursts on single hosts: a second starts one with probability `chance`; its
// events join the host's backlog, of which 60 % are emitted every second.
class HostBursts {
 public:
  enum class Size {
    kExponential,  // 1 + Exponential(30)
    kPareto,       // 3 Pareto(1.5), at most 2000
  };
  HostBursts(int hosts, double chance, Size size) : chance_(chance), size_(size), backlog_(hosts, 0) {}
  // The events the host emits in this second.
  double Emit(int host, Random& random);

 private:
  double chance_;
  Size size_;
  std::vector<double> backlog_;
};

// A wave: 1 + amplitude sin(2 pi t/period + phase), the phase random.
class Wave {
 public:
  Wave(double amplitude, double period, Random& random);
  double At(int second) const;

 private:
  double amplitude_;
  double period_;
  double phase_;
};

// The factor on a process's event rate at an age: 1 + 4 e^(-age/30 s).
double ColdFactor(double age);

// Seconds that a new process is not looked at.
inline constexpr int kAgeGate = 150;

}  // namespace haldane::benchmarks
