#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/clock.h"
#include "controller/fleet/fleet.h"
#include "controller/fleet/switches.h"
#include "controller/ingest/agent_session.h"
#include "controller/ingest/agent_stream.h"
#include "controller/metrics/metrics.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::controller {

// Every agent that is connected, one stream per host. Not thread-safe.
//
// A report is acknowledged once the last words of processes that it carried
// are in the log of every rollout: an agent forgets them then. Anything else
// it would say again, so that is acknowledged at once.
class Agents {
 public:
  using Id = uint64_t;

  // `switches` outlives this.
  Agents(const Clock& clock, Fleet* fleet, const Switches* switches, Metrics* metrics);

  // A stream has opened. `certified_host` as in AgentSession. `stream` must
  // live until Close, or until its End is called.
  Id Open(std::string certified_host, AgentStream* stream);
  // A message has come in, which is the callee's to change. May call the stream,
  // End included. Nothing happens when the stream has been ended.
  void Receive(Id id, haldane::v1::AgentMessage&& message);
  // What has come in is no message, or breaks the protocol: ends the stream.
  // REQUIRES: `status` is not Ok.
  void Reject(Id id, const absl::Status& status);
  // The stream is gone.
  void Close(Id id);

  // What rollouts need from now on: their services, and the change up to which
  // all of them have logged what the fleet knows.
  void SetDemand(std::set<std::string> services, ChangeNumber logged);
  // Services whose past is kept from now on, rollout or not: of those that no
  // rollout needs, agents count the cheap signals.
  void SetHistory(std::set<std::string> services);

  // The switches have changed: tells every agent at once.
  void ObeySwitches();
  bool IsConnected(const std::string& host) const { return by_host_.count(host) > 0; }

  // Ends every stream, those that are yet to be opened included. REQUIRES:
  // `status` is not Ok.
  void EndAll(const absl::Status& status);

 private:
  struct Connection {
    AgentSession session;
    AgentStream* stream;
    uint64_t acknowledged = 0;
    std::optional<haldane::v1::Directive> directive;  // as last sent
    uint64_t directed_services = 0;                   // HostStanding::services then
  };

  void ReplaceOthersOf(Id id, const std::string& host, const haldane::v1::Hello& hello);
  void Acknowledge(Connection& connection);
  void Direct(Connection& connection);

  const Clock& clock_;
  Fleet* const fleet_;
  const Switches* const switches_;
  Metrics* const metrics_;
  std::unordered_map<Id, Connection> connections_;
  std::map<std::string, Id> by_host_;
  Id last_id_ = 0;
  std::set<std::string> services_;
  std::set<std::string> history_;
  ChangeNumber logged_ = kEverything;
  absl::Status ended_;         // not Ok once EndAll was called
  int rejections_logged_ = 0;  // since the demand was last set
};

}  // namespace haldane::controller
