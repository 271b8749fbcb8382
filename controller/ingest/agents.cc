#include "controller/ingest/agents.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "controller/ingest/unknown_fields.h"
#include "google/protobuf/util/message_differencer.h"

namespace haldane::controller {
namespace {

// A hostile agent that reconnects without end must not fill the log.
constexpr int kRejectionsLoggedPerSecond = 10;
// Room for every host that the fleet takes, and for some that reconnect.
constexpr size_t kMaxStreams = 25000;

}  // namespace

Agents::Agents(const Clock& clock, Fleet* fleet, const Switches* switches, Metrics* metrics)
    : clock_(clock), fleet_(fleet), switches_(switches), metrics_(metrics) {}

Agents::Id Agents::Open(std::string certified_host, AgentStream* stream) {
  ++last_id_;
  if (!ended_.ok()) {
    stream->End(ended_);
    return last_id_;
  }
  if (connections_.size() >= kMaxStreams) {
    stream->End(absl::ResourceExhaustedError(
        absl::StrCat(connections_.size(), " streams of agents are open, which is the limit")));
    return last_id_;
  }
  connections_.emplace(
      last_id_, Connection{.session = AgentSession(std::move(certified_host), fleet_), .stream = stream});
  return last_id_;
}

void Agents::Receive(Id id, haldane::v1::AgentMessage&& message) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  // What we do not know we do not keep: it would go into the log.
  DiscardUnknownFields(&message);
  const absl::StatusOr<AgentSession::Outcome> outcome =
      connection.session.Receive(message, clock_.Monotonic());
  if (!outcome.ok()) {
    Reject(id, outcome.status());
    return;
  }
  switch (*outcome) {
    case AgentSession::Outcome::kGreeted:
      ReplaceOthersOf(id, connection.session.host(), message.hello());
      return;
    case AgentSession::Outcome::kRepeated:
      metrics_->reports_repeated.Increment();
      connection.acknowledged = 0;  // the agent has not heard it
      break;
    case AgentSession::Outcome::kAccepted:
      metrics_->reports_accepted.Increment();
      break;
  }
  Acknowledge(connection);
  // The rest of what a directive depends on tells when it changes.
  const bool is_directed =
      connection.directive && connection.directed_services == connection.session.standing().services;
  if (!is_directed) Direct(connection);
}

void Agents::ReplaceOthersOf(Id id, const std::string& host, const haldane::v1::Hello& hello) {
  const auto [it, is_first] = by_host_.try_emplace(host, id);
  if (!is_first) {
    const Id old = std::exchange(it->second, id);
    metrics_->streams_replaced.Increment();
    LogWarning("agent stream replaced",
               {{"host", host}, {"hint", "two agents with one host name do this without end"}});
    connections_.at(old).stream->End(
        absl::AbortedError(absl::StrCat("host ", host, " has opened another stream")));
    connections_.erase(old);
  }
  metrics_->agents.Set(static_cast<double>(by_host_.size()));
  LogInfo("agent connected",
          {{"host", host},
           {"version", hello.agent_version()},
           {"kernel", hello.compatibility().kernel_release()},
           {"profile", haldane::v1::Compatibility::Profile_Name(hello.compatibility().profile())}});
}

void Agents::Reject(Id id, const absl::Status& status) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  metrics_->reports_rejected.Increment();
  if (++rejections_logged_ <= kRejectionsLoggedPerSecond) {
    LogWarning("agent message rejected", {{"host", connection.session.host()}, {"why", status.message()}});
  }
  connection.stream->End(status);
  Close(id);
}

void Agents::Close(Id id) {
  const auto connection = connections_.find(id);
  if (connection == connections_.end()) return;
  const std::string& host = connection->second.session.host();
  if (const auto named = by_host_.find(host); named != by_host_.end() && named->second == id) {
    LogInfo("agent disconnected", {{"host", host}});
    by_host_.erase(named);
    metrics_->agents.Set(static_cast<double>(by_host_.size()));
  }
  connections_.erase(connection);
}

void Agents::Acknowledge(Connection& connection) {
  const uint64_t sequence = connection.session.sequence();
  if (sequence == connection.acknowledged || connection.session.standing().last_exit > logged_) return;
  connection.acknowledged = sequence;
  connection.stream->Acknowledge(sequence);
}

void Agents::Direct(Connection& connection) {
  // Before its first report it is not known what a host runs, and telling it to
  // watch nothing would make a reconnecting agent detach its probes.
  if (connection.session.sequence() == 0) return;
  connection.directed_services = connection.session.standing().services;
  haldane::v1::Directive wanted;
  for (const std::string& service : fleet_->ServicesOf(connection.session.host())) {
    if (switches_->IsKilled(service)) continue;
    if (services_.count(service) > 0) {
      wanted.add_watch_services(service);
    } else if (history_.count(service) > 0) {
      wanted.add_history_services(service);
    }
  }
  if (const haldane::v1::FleetSwitch* everything = switches_->everything()) {
    wanted.set_kill(true);
    wanted.set_kill_reason(absl::StrCat(everything->by().name(), ": ", everything->reason()));
  }
  if (connection.directive &&
      google::protobuf::util::MessageDifferencer::Equals(*connection.directive, wanted)) {
    return;
  }
  connection.stream->Direct(wanted);
  connection.directive = std::move(wanted);
}

void Agents::SetDemand(std::set<std::string> services, ChangeNumber logged) {
  if (rejections_logged_ > kRejectionsLoggedPerSecond) {
    LogWarning("agent messages rejected",
               {{"also", rejections_logged_ - kRejectionsLoggedPerSecond}, {"hint", "see the lines before"}});
  }
  rejections_logged_ = 0;
  const bool services_changed = services != services_;
  services_ = std::move(services);
  logged_ = logged;
  for (auto& [id, connection] : connections_) {
    Acknowledge(connection);
    if (services_changed) Direct(connection);
  }
}

void Agents::SetHistory(std::set<std::string> services) {
  if (services == history_) return;
  history_ = std::move(services);
  for (auto& [id, connection] : connections_) Direct(connection);
}

void Agents::ObeySwitches() {
  for (auto& [id, connection] : connections_) Direct(connection);
}

void Agents::EndAll(const absl::Status& status) {
  ended_ = status;
  for (auto& [id, connection] : connections_) connection.stream->End(status);
  connections_.clear();
  by_host_.clear();
  metrics_->agents.Set(0);
}

}  // namespace haldane::controller
