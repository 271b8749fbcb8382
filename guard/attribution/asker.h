#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"
#include "guard/address/ip.h"
#include "guard/attribution/process_identity.h"
#include "guard/policy/rule.h"

namespace haldane::guard {

// A query as the proxy received it.
struct QueryFlow {
  Transport transport = Transport::kUdp;  // kUdp or kTcp
  IpAddress client;                       // as recvfrom or accept gave it
  uint16_t client_port = 0;
  absl::string_view message;  // as received; valid during the call
};

// Who sent a query, and to which server it was going before it was redirected.
struct Asker {
  ProcessIdentity process;
  IpAddress server;
  uint16_t server_port = 0;  // 0: unknown
};

// The proxy asks once per query, before it answers: a client that waits cannot
// exit meanwhile. Belongs to one event loop.
class AskerLookup {
 public:
  virtual ~AskerLookup() = default;
  virtual Asker Find(const QueryFlow& flow) = 0;
};

}  // namespace haldane::guard
