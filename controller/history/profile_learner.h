#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "controller/history/service_history.h"
#include "controller/history/signal_window.h"
#include "haldane/v1/plan.pb.h"
#include "haldane/v1/profile.pb.h"

namespace haldane::controller {

// Cuts what a service does between rollouts into windows that a profile is
// learned from. A window has the hosts of one revision alone, that which most
// of the service ran when the window began: two revisions differ by more than
// chance. During a rollout there is none. Pure; not thread-safe.
class ProfileLearner {
 public:
  static constexpr int kWindowSeconds = 600;
  // More hosts than this say little more of how hosts differ.
  static constexpr size_t kMaxHosts = 200;

  explicit ProfileLearner(haldane::v1::ExposureUnit exposure);

  // One second of the service.
  void Observe(absl::Span<const SeriesSecond> second);
  // What was seen is not to be learned from: a rollout has begun.
  void StartAfresh();
  // The window by signal, with those signals that had any exposure; the next
  // begins. FAILED_PRECONDITION, in words for a person, when there is too
  // little of it: fewer than `least_seconds` or two hosts, no traffic, or
  // another revision has taken over. `known` has its windows.
  absl::StatusOr<std::map<std::string, haldane::v1::ProfileWindow>> Close(const haldane::v1::Profile& known,
                                                                          int64_t turn, int least_seconds);

  // The revision that it looks at; empty also when there is none yet.
  const std::string& revision() const { return revision_; }

 private:
  struct Signal {
    const plan::Signal* known;
    SignalWindow window;
  };

  void ChooseRevision(absl::Span<const SeriesSecond> second);
  int IndexOf(const std::string& host);
  void NextWindow();

  const haldane::v1::ExposureUnit exposure_;
  std::vector<Signal> signals_;
  bool chosen_ = false;
  std::string revision_;
  std::map<std::string, int> hosts_;  // of the run of windows
  int seconds_ = 0;                   // of the window, those without data included
  uint64_t process_ms_ = 0;           // in the window
  uint64_t other_process_ms_ = 0;     // of other revisions
};

}  // namespace haldane::controller
