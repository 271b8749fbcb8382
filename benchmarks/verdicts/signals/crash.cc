#include "benchmarks/verdicts/signals/signal_kind.h"
#include "stats/rare_event.h"

namespace haldane::benchmarks {
namespace {

constexpr double kUsual = 1.0 / 200000;        // crashes a second and host
constexpr double kHistory = 10.0 * 7 * 86400;  // host-seconds of the past: ten hosts for a week
constexpr double kDiscount = 0.5;

// Crashes, the first of a host and minute counting.
enum class Crashes {
  kSteady,       // independent
  kUnlikeHosts,  // hosts differ by 100 %
  kLoops,        // a crash is followed by another within the minute, three times of four
};

class Crashing : public SignalFleet {
 public:
  // `harm`: seconds between crashes of a canary host; 0 for none beyond the usual.
  Crashing(const Cohorts& cohorts, double harm, Crashes crashes, Random random)
      : canary_(cohorts.canary), harm_(harm), crashes_(crashes), random_(random) {
    for (int host = 0; host < cohorts.canary + cohorts.baseline; ++host) {
      hosts_.push_back({.rate = kUsual * (crashes == Crashes::kUnlikeHosts ? random_.Exponential() : 1)});
    }
    // Its past is of the same noise: as many crashes as such hosts have had.
    double past = random_.Poisson(kUsual * kHistory);
    if (crashes == Crashes::kLoops) past *= 4;
    past_ = past;
  }

  double Next() override {
    if (now_++ % 60 == 0) {
      for (Host& host : hosts_) host.crashed = false;
    }
    bool news = false;
    for (std::size_t h = 0; h < hosts_.size(); ++h) news |= Step(hosts_[h], static_cast<int>(h) < canary_);
    baseline_exposure_ += static_cast<double>(hosts_.size()) - canary_;
    canary_exposure_ += canary_;
    if (!news && now_ % 60 != 0) return evidence_;
    const stats::RarePrior prior =
        stats::RarePriorFrom(baseline_, baseline_exposure_, past_, kHistory, kDiscount);
    return evidence_ = stats::RareEventLogEvidence(prior, events_, canary_exposure_);
  }

 private:
  struct Host {
    double rate;
    bool looping = false;
    bool crashed = false;  // in this minute
  };

  // True when the host crashes for the first time in this minute.
  bool Step(Host& host, bool is_canary) {
    double rate = host.rate;
    if (is_canary && harm_ > 0) rate += 1 / harm_;
    if (host.looping) rate += 1.0 / 20;
    if (random_.Uniform() >= rate) return false;
    if (crashes_ == Crashes::kLoops) host.looping = random_.Uniform() < 0.75;
    if (host.crashed) return false;
    host.crashed = true;
    (is_canary ? events_ : baseline_) += 1;
    return true;
  }

  int canary_;
  double harm_;
  Crashes crashes_;
  Random random_;
  std::vector<Host> hosts_;
  double past_;
  double events_ = 0;
  double baseline_ = 0;
  double canary_exposure_ = 0;
  double baseline_exposure_ = 0;
  double evidence_ = 0;
  int now_ = 0;
};

SignalKind::Make Dying(Crashes crashes) {
  return [crashes](const Cohorts& cohorts, double harm, Random random) -> std::unique_ptr<SignalFleet> {
    return std::make_unique<Crashing>(cohorts, harm, crashes, random);
  };
}

}  // namespace

SignalKind CrashKind() {
  return {.name = "crashes",
          .judged_by = "rare_event.h",
          .ticks = 1800,
          .runs = 3000,
          .cohorts = {{5, 5}, {3, 10}, {1, 3}},
          .noises = {{"steady", Dying(Crashes::kSteady)},
                     {"hosts differ by 100 %", Dying(Crashes::kUnlikeHosts)},
                     {"loops of single hosts", Dying(Crashes::kLoops)}},
          .harms = {{"every canary host crashes once in ten minutes", 600},
                    {"crash loop, every 30 s on each canary host", 30}}};
}

}  // namespace haldane::benchmarks
