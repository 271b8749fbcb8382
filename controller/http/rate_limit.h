#pragma once

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace haldane::controller {

// How many requests an address may make: a hundred a second, and twenty times
// that on loopback, where a proxy speaks for many; five seconds' worth at once.
// Thread-safe.
class RateLimit {
 public:
  // True when one more at `now` is within the rate, which it then counts for.
  bool Allows(absl::string_view address, absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // What an address has left.
  struct Bucket {
    double tokens = 0;
    absl::Time filled;
  };
  absl::Mutex mutex_;
  std::map<std::string, Bucket> buckets_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace haldane::controller
