#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "controller/evidence/signal_evidence.h"
#include "controller/history/service_history.h"
#include "haldane/v1/plan.pb.h"
#include "haldane/v1/profile.pb.h"

namespace haldane::controller {

// A rollout of the baseline against itself: some of its hosts play the canary,
// though nothing was deployed to them, and are judged like one. Whoever is
// stopped was stopped by mistake, so the share of stops is the false-stop rate
// that the service really gets. Nothing acts on it. Pure; not thread-safe.
//
// Judged with the profile and the past that a rollout would have, at a
// false-stop probability of kLevel, with no tolerance: that is where the
// promise is hardest to keep. Every signal that is a rate is tested by itself.
class SelfTest {
 public:
  static constexpr int kSeconds = 1200;
  static constexpr double kLevel = 0.05;
  // More hosts would cost more time than they tell.
  static constexpr size_t kMaxHosts = 48;

  // Who plays what.
  struct Cast {
    std::vector<std::string> canary;
    std::vector<std::string> baseline;
  };
  // Drawn from `hosts` by `seed` alone. `canary_hosts` as in the service's
  // rollouts, or 0: a quarter. Both sides are empty when hosts are fewer than two.
  static Cast Draw(std::vector<std::string> hosts, size_t canary_hosts, uint64_t seed);

  // `past` is of the hosts of the cast. `profile` may be without windows.
  SelfTest(haldane::v1::ExposureUnit exposure, std::string revision, const Cast& cast,
           haldane::v1::Profile profile, haldane::v1::History past);
  ~SelfTest();
  SelfTest(const SelfTest&) = delete;
  SelfTest& operator=(const SelfTest&) = delete;

  // The plan that it is judged by.
  static haldane::v1::Plan PlanOf(haldane::v1::ExposureUnit exposure);

  // One second of the service.
  void Observe(absl::Span<const SeriesSecond> second, absl::Time time);
  bool done() const { return seconds_ >= kSeconds; }

  struct Outcome {
    std::string signal;
    bool stopped;
  };
  // One for each signal that both sides had in the last five minutes too.
  std::vector<Outcome> outcomes() const;

 private:
  struct Unit {
    std::string host;
    bool canary;
  };
  struct Signal {
    std::string name;
    std::unique_ptr<SignalEvidence> evidence;
    int last_canary = 0;  // second in which the side had exposure; 0 for never
    int last_baseline = 0;
    bool stopped = false;
  };

  const std::string revision_;
  const haldane::v1::Plan plan_;
  const haldane::v1::Profile profile_;
  const haldane::v1::History past_;
  std::vector<Unit> units_;  // sorted by host
  std::vector<Signal> signals_;
  int seconds_ = 0;
};

}  // namespace haldane::controller
