#pragma once

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/task_loop.h"
#include "controller/metrics/metrics.h"
#include "controller/notify/http_poster.h"
#include "controller/notify/notification.h"
#include "controller/notify/webhook_config.h"
#include "controller/store/admin_store.h"
#include "controller/store/outbox.h"

namespace haldane::controller {

// How long to wait after so many failures: doubling from a second to five
// minutes, less up to half of it by `share` (0 to 1), so that many do not come
// back at once.
absl::Duration BackoffAfter(int failures, double share);

// Tells receivers how rollouts end, each at least once: what the log says is
// turned into messages in the outbox, and those are sent until they are received.
// Nothing is lost by a crash at any moment; a receiver tells repetitions by
// Idempotency-Key. Belongs to `loop` but for its construction and destruction.
class Notifier {
 public:
  // All outlive it. Fails when the outbox cannot be read. What happened before
  // the first start with webhooks is not told.
  static absl::StatusOr<std::unique_ptr<Notifier>> Create(const Clock& clock, std::vector<Webhook> webhooks,
                                                          AdminStore* log, std::unique_ptr<Outbox> outbox,
                                                          TaskLoop* loop, Metrics* metrics);

  // Once a second. Failures are logged and tried again.
  void Tick();

 private:
  struct Receiver {
    Webhook webhook;
    bool busy = false;     // a message is under way
    bool failing = false;  // the last attempt failed
  };

  Notifier(const Clock& clock, AdminStore* log, std::unique_ptr<Outbox> outbox, TaskLoop* loop,
           Metrics* metrics)
      : clock_(clock), log_(log), outbox_(std::move(outbox)), loop_(loop), metrics_(metrics) {}

  absl::Status Begin();
  absl::Status ReadLog();
  absl::Status CollectNote(const AdminStore::Note& note, Outbox::Progress* progress);
  void Address(const Notification& told, absl::Time made, Outbox::Progress* progress) const;
  absl::Status SendDue(Receiver& receiver);
  void Sent(const std::string& webhook, const Outbox::Message& message, const absl::Status& result);
  absl::Status Settle(Receiver& receiver, const Outbox::Message& message, const absl::Status& result);
  void Report(const absl::Status& status);

  const Clock& clock_;
  AdminStore* const log_;
  const std::unique_ptr<Outbox> outbox_;
  TaskLoop* const loop_;
  Metrics* const metrics_;
  std::map<std::string, Receiver> receivers_;  // by name
  int64_t position_ = 0;
  std::mt19937_64 random_{std::random_device()()};
  absl::Status last_failure_;
  HttpPoster poster_;  // last: it stops before anything else goes
};

}  // namespace haldane::controller
