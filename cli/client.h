#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/message.h"
#include "haldane/v1/rollout.pb.h"
#include "rpc/credentials.h"

namespace grpc {
class ClientContext;
}  // namespace grpc

namespace haldane::cli {

// Which controller to call, and as whom.
struct Server {
  std::string address = "127.0.0.1:7460";
  TlsFiles tls;
  // Bearer token or JWT to show: the first line of this file, or the value
  // itself. At most one of them; neither for none.
  std::string token_file;
  std::string token;
};

// Ends calls from another thread. Thread-safe; once cancelled, for ever.
class Canceller {
 public:
  // Ends the call in progress and all later ones with CANCELLED.
  void Cancel() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  friend class Call;

  absl::Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

// Calls to the controller. Every call blocks, for ten seconds at most unless it
// says otherwise. Failures keep the controller's code; their messages say what
// to do. Thread-safe.
class Client {
 public:
  // Does not connect yet. INVALID_ARGUMENT when the address or the TLS files
  // cannot be used.
  static absl::StatusOr<std::unique_ptr<Client>> Create(const Server& server);
  ~Client();

  // As the service Rollouts has them.
  absl::StatusOr<haldane::v1::Rollout> CreateRollout(const haldane::v1::Plan& plan,
                                                     Canceller* canceller = nullptr);
  absl::StatusOr<haldane::v1::Rollout> GetRollout(const std::string& name);
  absl::StatusOr<haldane::v1::ListRolloutsResponse> ListRollouts(const std::string& service, uint32_t limit);
  absl::StatusOr<haldane::v1::Rollout> AbortRollout(const std::string& name, const std::string& reason);

  // Calls `on_rollout` with every view of the rollout that arrives, until the
  // controller ends the stream or `canceller` does; has no time limit. Ok when
  // the controller ended it in good order.
  absl::Status Wait(const std::string& name, const std::function<void(haldane::v1::Rollout)>& on_rollout,
                    Canceller* canceller);

  // Any other unary method, such as "/haldane.v1.Overrides/Apply".
  absl::Status Unary(const std::string& method, const google::protobuf::Message& request,
                     google::protobuf::Message* response);

  const std::string& address() const { return address_; }

 private:
  struct Stubs;

  Client(std::string address, std::string bearer, std::unique_ptr<Stubs> stubs);

  const std::string address_;
  const std::string bearer_;  // of the authorization header; empty for none
  const std::unique_ptr<Stubs> stubs_;
};

}  // namespace haldane::cli
