#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/string_view.h"
#include "guard/attribution/process_table.h"
#include "guard/kernel/kernel_egress_table.h"
#include "guard/policy/policy.h"
#include "guard/record/event.h"

namespace haldane::guard {

// A TLS connection of the run, as the kernel names it.
struct TlsConnection {
  IpAddress from, to;
  uint16_t from_port = 0, to_port = 0;
  uint64_t cookie = 0;
};

// Makes events of what the programs report about traffic, daemons' sockets and
// groups. What the kernel did is what is recorded; the policy says why. Belongs
// to one event loop.
class TrafficReporter {
 public:
  // Everything outlives it. `close_connection` ends a connection whose server
  // name is denied; false when it could not.
  TrafficReporter(const Policy& policy, const KernelEgressTable& names, ProcessTable* processes,
                  EventSink* sink, std::function<bool(const TlsConnection&)> close_connection);

  // A record that is not about processes.
  void Take(absl::string_view record);
  // Reports once more what was repeated since its event, with how often, from
  // the kernel's counts. To be called at the end.
  void ReportRepeats(int contacts_fd);

 private:
  void TakeTraffic(absl::string_view record);
  void TakeUnix(absl::string_view record);
  void TakeHello(absl::string_view record);
  void TakeMoved(absl::string_view record);

  const Policy& policy_;
  const KernelEgressTable& names_;
  ProcessTable* const processes_;
  EventSink* const sink_;
  const std::function<bool(const TlsConnection&)> close_connection_;
  std::map<std::string, Event> refused_;               // by the bytes of the kernel's contact key
  std::set<std::pair<uint32_t, std::string>> hellos_;  // pid and server name that were reported
};

}  // namespace haldane::guard
