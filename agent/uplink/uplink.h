#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/task_loop.h"
#include "haldane/v1/telemetry.pb.h"
#include "rpc/credentials.h"

namespace haldane::agent {

// The agent's stream to the controller, which comes back by itself whenever it
// is lost. Methods and callbacks belong to one TaskLoop, except where noted.
class Uplink {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    // A new stream carries reports; the controller may know nothing of those
    // before.
    virtual void OnUp() = 0;
    // The stream is lost; another is being tried.
    virtual void OnDown() = 0;
    virtual void OnAck(uint64_t sequence) = 0;
    virtual void OnDirective(const haldane::v1::Directive& directive) = 0;
  };

  virtual ~Uplink() = default;

  // True when a report would go out at once: the stream is up and no other
  // message is on its way.
  virtual bool CanSend() const = 0;
  // Sends a report; when another is on its way, after that one. At most one
  // waits: a newer one takes its place. Dropped when the stream is down.
  virtual void Send(haldane::v1::Report report) = 0;
};

struct UplinkOptions {
  std::string controller;  // HOST:PORT
  TlsFiles tls;            // read again for every connection, so may be renewed
  haldane::v1::Hello hello;
};

// An uplink over gRPC.
class GrpcUplink : public Uplink {
 public:
  // Begins to connect; `listener` hears of it on `loop`, which outlives this.
  // Not on the loop.
  virtual void Start(Listener* listener) = 0;
  // Sends what is waiting, says goodbye and disconnects, in under a second even
  // if the controller is hung. No callback comes afterwards. Idempotent; not on
  // the loop, which must still run.
  virtual void Stop() = 0;
};

// Fails as ChannelCredentials does: TLS files missing or unreadable, or no TLS
// and not loopback.
absl::StatusOr<std::unique_ptr<GrpcUplink>> MakeGrpcUplink(TaskLoop* loop, UplinkOptions options);

}  // namespace haldane::agent
