#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace haldane::controller {

// Sends HTTP POST requests (libcurl), many at once, on one thread of its own.
// Verifies certificates against the system's; follows no redirect, so that what
// is signed for one receiver reaches no other. Thread-safe.
class HttpPoster {
 public:
  struct Request {
    std::string url;
    std::vector<std::string> headers;  // "Name: value"
    std::string body;
  };
  // Ok when the receiver answered 2xx within the limit; otherwise why not,
  // without the URL and what was sent or answered.
  using Done = std::function<void(absl::Status)>;

  HttpPoster();
  // Ends what is under way; `done` of that is not called any more.
  ~HttpPoster();
  HttpPoster(const HttpPoster&) = delete;
  HttpPoster& operator=(const HttpPoster&) = delete;

  // `done` is called on the poster's thread.
  void Post(Request request, Done done) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Transfer;
  void Loop() ABSL_LOCKS_EXCLUDED(mutex_);
  void StartWaiting() ABSL_LOCKS_EXCLUDED(mutex_);
  void FinishEnded();

  void* const multi_;
  std::map<void*, std::unique_ptr<Transfer>> transfers_;  // of the thread
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Transfer>> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace haldane::controller
