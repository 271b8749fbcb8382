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
#include "guard/kernel/connections.h"
#include "guard/kernel/kernel_egress_table.h"
#include "guard/policy/policy.h"
#include "guard/record/event.h"

namespace haldane::guard {

// Makes events of what the programs report about traffic, daemons' sockets and
// groups. What the kernel did is what is recorded; the policy says why. Belongs
// to one event loop.
class TrafficReporter {
 public:
  // What to do with a connection once its hello is judged.
  struct Connections {
    std::function<void(const Connection&)> release;  // the kernel holds it no longer
    std::function<bool(const Connection&)> close;    // false when it could not
  };

  // Everything outlives it.
  TrafficReporter(const Policy& policy, const KernelEgressTable& names, ProcessTable* processes,
                  EventSink* sink, Connections connections);

  // A record that is not about processes.
  void Take(absl::string_view record);
  // A connection under way that was closed, since its address is denied now.
  // `holder`: the process that has it; 0 where it is not known.
  void ReportClosed(const Connection& connection, uint32_t holder);
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
  const Connections connections_;
  std::map<std::string, Event> refused_;               // by the bytes of the kernel's contact key
  std::set<std::pair<uint32_t, std::string>> hellos_;  // pid and server name that were reported
};

}  // namespace haldane::guard
