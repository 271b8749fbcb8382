#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "controller/http/http_server.h"

namespace haldane::testing {

// A receiver of webhooks on loopback: a real HTTP server that remembers what it
// was sent, refuses when told to, and can go away and come back on its port.
class Receiver {
 public:
  Receiver() { Start("127.0.0.1:0"); }

  std::string url() const {
    return absl::StrCat("http://127.0.0.1:", port_, "/hooks/haldane?key=confidential");
  }
  // Answers this status from now on.
  void Answer(int status) {
    absl::MutexLock lock(&mutex_);
    status_ = status;
  }
  void GoAway() { server_.reset(); }
  void ComeBack() { Start(absl::StrCat("127.0.0.1:", port_)); }

  // All requests so far, once there are `count` of them (those refused too), or
  // after 20 s.
  std::vector<controller::HttpRequest> Await(size_t count) {
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    absl::MutexLock lock(&mutex_);
    while (requests_.size() < count && absl::Now() < deadline) {
      arrived_.WaitWithTimeout(&mutex_, deadline - absl::Now());
    }
    return requests_;
  }

 private:
  void Start(const std::string& address) {
    auto server = controller::HttpServer::Start(
        address,
        [this](const controller::HttpRequest& request, controller::HttpStream&) {
          absl::MutexLock lock(&mutex_);
          requests_.push_back(request);
          arrived_.SignalAll();
          return controller::HttpResponse{.status = status_, .body = "", .headers = {}};
        },
        nullptr);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    port_ = server_->port();
  }

  absl::Mutex mutex_;
  absl::CondVar arrived_;
  std::vector<controller::HttpRequest> requests_ ABSL_GUARDED_BY(mutex_);
  int status_ ABSL_GUARDED_BY(mutex_) = 200;
  int port_ = 0;
  std::unique_ptr<controller::HttpServer> server_;
};

}  // namespace haldane::testing
