#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "benchmarks/verdicts/signals/signal_kind.h"
#include "stats/novelty.h"

namespace haldane::benchmarks {
namespace {

constexpr double kRequestsASecond = 20;

// Classes that nobody has seen before appear on a healthy service too.
struct ClassNoise {
  double births = 1.0 / 600;  // of new classes a second, anywhere
  double rate = 1.0 / 300;    // of each, a second and host
  double burst = 1;           // events at once, mean
  double host_cv = 0;         // hosts raise new classes unlike
};

class Raising : public SignalFleet {
 public:
  // `harm`: events a second of a class that only the canary's code can raise.
  Raising(const Cohorts& cohorts, double harm, const ClassNoise& noise, Random random)
      : canary_(cohorts.canary), harm_(harm), noise_(noise), random_(random) {
    for (int host = 0; host < cohorts.canary + cohorts.baseline; ++host) {
      novelty_.AddHost(host < canary_ ? stats::Cohort::kCanary : stats::Cohort::kBaseline);
      factors_.push_back(noise.host_cv > 0 ? random_.Gamma(1 / (noise.host_cv * noise.host_cv)) *
                                                 noise.host_cv * noise.host_cv
                                           : 1);
    }
  }

  double Next() override {
    if (random_.Uniform() < noise_.births) names_.push_back(absl::StrCat("New", names_.size()));
    std::vector<stats::Novelty::ClassEvents> events;
    for (std::size_t h = 0; h < factors_.size(); ++h) {
      for (const std::string& name : names_)
        Raise(static_cast<int>(h), name, noise_.rate * factors_[h], events);
      if (static_cast<int>(h) < canary_) Raise(static_cast<int>(h), kFault, harm_, events);
    }
    std::vector<stats::HostTick> served;
    for (std::size_t h = 0; h < factors_.size(); ++h) {
      served.push_back({static_cast<int>(h), 0, kRequestsASecond});
    }
    novelty_.Observe(served, events);
    if (!events.empty() || ++now_ % 60 == 0) evidence_ = novelty_.HarmEvidence();
    return evidence_;
  }

 private:
  void Raise(int host, const std::string& name, double rate,
             std::vector<stats::Novelty::ClassEvents>& events) {
    if (rate <= 0 || random_.Uniform() >= 1 - std::exp(-rate)) return;
    const double size = noise_.burst > 1 ? 1 + std::floor(noise_.burst * random_.Exponential()) : 1;
    events.push_back({host, name, size});
  }

  static inline const std::string kFault = "Fault";
  stats::Novelty novelty_;
  int canary_;
  double harm_;
  ClassNoise noise_;
  Random random_;
  std::vector<double> factors_;
  std::vector<std::string> names_;
  double evidence_ = 0;
  int now_ = 0;
};

SignalKind::Make Unseen(const ClassNoise& noise) {
  return [noise](const Cohorts& cohorts, double harm, Random random) -> std::unique_ptr<SignalFleet> {
    return std::make_unique<Raising>(cohorts, harm, noise, random);
  };
}

}  // namespace

SignalKind NewClassKind() {
  return {.name = "new class",
          .judged_by = "novelty.h",
          .ticks = 1800,
          .runs = 600,
          .cohorts = {{5, 5}, {3, 10}, {1, 10}},
          .noises = {{"a new class in ten minutes", Unseen({})},
                     {"in bursts of thirty", Unseen({.burst = 30})},
                     {"hosts differ by 100 %", Unseen({.host_cv = 1})},
                     {"six new classes in ten minutes", Unseen({.births = 1.0 / 100})}},
          .harms = {{"a class of its own, ten an hour and host", 10.0 / 3600},
                    {"a class of its own, one in 200 requests", 0.1}}};
}

}  // namespace haldane::benchmarks
