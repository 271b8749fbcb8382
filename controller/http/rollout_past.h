#pragma once

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "controller/http/http_message.h"
#include "controller/http/rpc_gateway.h"

namespace haldane::controller {

// GET /v1/rollouts/NAME/past: what a rollout's log says about how it came to
// stand where it stands, for those who draw it. The log is folded once more, a
// page at a time, on the thread of the request; the controller's loop only reads
// pages. One at a time, and none twice within ten seconds. Thread-safe.
class RolloutPast {
 public:
  // `rpc` outlives it.
  explicit RolloutPast(const RpcGateway* rpc) : rpc_(rpc) {}

  // The answer, or nothing when the path is another.
  HttpAnswer Handle(const HttpRequest& request) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Kept {
    absl::Time made;
    uint64_t revision = 0;
    bool ended = false;
    std::string json;
  };
  absl::StatusOr<std::string> Json(const HttpRequest& request, const std::string& name)
      ABSL_LOCKS_EXCLUDED(mutex_);

  const RpcGateway* const rpc_;
  absl::Mutex mutex_;
  std::map<std::string, Kept> kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace haldane::controller
