#include "guard/runtime/traffic_reporter.h"

#include <bpf/bpf.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "bpf/abi/guard_config.h"
#include "bpf/abi/guard_event.h"
#include "bpf/abi/guard_maps.h"
#include "guard/kernel/tls_hello.h"

namespace haldane::guard {
namespace {

constexpr size_t kRefusedKept = 8192;
constexpr size_t kHellosKept = 65536;

template <typename T>
bool ReadHead(absl::string_view record, T* to) {
  if (record.size() < sizeof *to) return false;
  memcpy(to, record.data(), sizeof *to);
  return true;
}

IpAddress AddressOf(const __u8* bytes) {
  IpAddress address;
  std::copy(bytes, bytes + 16, address.bytes.begin());
  return address;
}

Transport TransportOf(uint8_t protocol) {
  if (protocol == IPPROTO_TCP) return Transport::kTcp;
  return protocol == IPPROTO_UDP ? Transport::kUdp : Transport::kOther;
}

// Why, where the policy has no say: one word, and a sentence for people.
std::pair<const char*, const char*> OwnReason(uint8_t basis) {
  switch (basis) {
    case HALDANE_GUARD_BY_NAMESPACE:
      return {"network_namespace",
              "the script made a network namespace, out of which the DNS proxy cannot be reached"};
    case HALDANE_GUARD_BY_DEVICE:
      return {"bound_to_device",
              "the socket is bound to a device, from which the DNS proxy cannot be reached"};
    case HALDANE_GUARD_BY_HEARTBEAT:
      return {"proxy_silent", "the DNS proxy gave no sign of life for two seconds"};
    case HALDANE_GUARD_BY_BYPASS:
      return {"dns_bypass", "a packet to a name server that went past the DNS proxy"};
    case HALDANE_GUARD_BY_UNREADABLE:
      return {"unreadable_packet", "headers that cannot be followed"};
    default:
      return {nullptr, nullptr};
  }
}

std::string ContactKey(const haldane_guard_traffic& traffic) {
  haldane_guard_contact contact = {};
  memcpy(contact.address, traffic.address, sizeof contact.address);
  contact.tgid = traffic.event.tgid;
  contact.port = traffic.port;
  contact.protocol = traffic.protocol;
  contact.outcome = traffic.outcome;
  return std::string(reinterpret_cast<const char*>(&contact), sizeof contact);
}

}  // namespace

TrafficReporter::TrafficReporter(const Policy& policy, const KernelEgressTable& names,
                                 ProcessTable* processes, EventSink* sink, Connections connections)
    : policy_(policy),
      names_(names),
      processes_(processes),
      sink_(sink),
      connections_(std::move(connections)) {}

void TrafficReporter::Take(absl::string_view record) {
  haldane_guard_event event;
  if (!ReadHead(record, &event)) return;
  switch (event.kind) {
    case HALDANE_GUARD_CONNECT:
    case HALDANE_GUARD_PACKET:
    case HALDANE_GUARD_LOOKUP:
      return TakeTraffic(record);
    case HALDANE_GUARD_UNIX:
      return TakeUnix(record);
    case HALDANE_GUARD_HELLO:
      return TakeHello(record);
    case HALDANE_GUARD_MOVED:
      return TakeMoved(record);
    default:
      return;
  }
}

void TrafficReporter::TakeTraffic(absl::string_view record) {
  haldane_guard_traffic traffic;
  if (!ReadHead(record, &traffic)) return;
  Event event;
  event.kind = traffic.event.kind == HALDANE_GUARD_PACKET ? EventKind::kPacket : EventKind::kConnect;
  event.to = {AddressOf(traffic.address), traffic.port, TransportOf(traffic.protocol)};
  event.has_destination = true;
  event.names_for_ip = names_.NamesOf(event.to.address);
  if (!event.names_for_ip.empty()) event.domain = event.names_for_ip.front();

  const auto [reason, sentence] = OwnReason(traffic.basis);
  if (reason != nullptr) {
    event.reason = reason;
    event.detail = sentence;
  } else {
    FillDecision(policy_.JudgeDestination(event.to, event.names_for_ip), policy_.mode(), &event);
  }
  // What happened is the kernel's to say.
  event.warned = traffic.outcome == HALDANE_GUARD_WARN;
  event.action = Action::kAllowed;
  if (traffic.outcome == HALDANE_GUARD_DENY) {
    event.action = traffic.enforced != 0 ? Action::kBlocked : Action::kWouldBlock;
  }
  event.process = processes_->Identify({traffic.event.tgid, traffic.event.start_ns}, traffic.event.tid,
                                       traffic.event.uid, Attribution::kCookie);
  sink_->Take(event);
  if (event.action != Action::kAllowed && refused_.size() < kRefusedKept)
    refused_[ContactKey(traffic)] = event;
}

void TrafficReporter::ReportClosed(const Connection& connection, uint32_t holder) {
  Event event;
  event.kind = EventKind::kConnect;
  event.to = {connection.to, connection.to_port, connection.transport};
  event.has_destination = true;
  event.names_for_ip = names_.NamesOf(connection.to);
  if (!event.names_for_ip.empty()) event.domain = event.names_for_ip.front();
  FillDecision(policy_.JudgeDestination(event.to, event.names_for_ip), policy_.mode(), &event);
  event.detail = "closed while it was under way";
  if (holder != 0) event.process = processes_->IdentifyNow(holder);
  sink_->Take(event);
}

void TrafficReporter::ReportRepeats(int contacts_fd) {
  for (auto& [key, event] : refused_) {
    uint64_t count = 0;
    if (bpf_map_lookup_elem(contacts_fd, key.data(), &count) != 0 || count < 2) continue;
    event.count = count - 1;  // the first was an event of its own
    event.detail = absl::StrCat(event.detail, event.detail.empty() ? "" : "; ", "repeats of an earlier line");
    sink_->Take(event);
  }
  refused_.clear();
}

void TrafficReporter::TakeUnix(absl::string_view record) {
  haldane_guard_unix report;
  if (!ReadHead(record, &report)) return;
  Event event;
  event.kind = EventKind::kUnix;
  event.path = std::string(report.path, strnlen(report.path, sizeof report.path));
  if (access(event.path.c_str(), F_OK) != 0) return;  // resolvers try daemons that are not there
  const std::optional<Delegate> delegate = DelegateOfSocket(event.path);
  if (delegate.has_value()) event.reason = absl::StrCat("delegation.", DelegateName(*delegate));
  event.warned = report.handling == HALDANE_GUARD_WARN;
  if (report.handling == HALDANE_GUARD_DENY) {
    event.action = report.enforced != 0 ? Action::kBlocked : Action::kWouldBlock;
  }
  event.process = processes_->Identify({report.event.tgid, report.event.start_ns}, report.event.tid,
                                       report.event.uid, Attribution::kCookie);
  sink_->Take(event);
}

void TrafficReporter::TakeHello(absl::string_view record) {
  haldane_guard_hello head;
  if (!ReadHead(record, &head)) return;
  Connection connection;
  connection.from = AddressOf(head.from);
  connection.to = AddressOf(head.address);
  connection.from_port = head.from_port;
  connection.to_port = head.port;
  connection.cookie = head.cookie;
  const std::optional<TlsHello> hello = ParseTlsHello(record.substr(sizeof head, head.length));
  if (!hello.has_value()) return connections_.release(connection);
  Event event;
  event.kind = EventKind::kSni;
  event.to = {connection.to, head.port, Transport::kTcp};
  event.has_destination = true;
  event.names_for_ip = names_.NamesOf(event.to.address);
  event.domain = hello->server_name;
  const Decision decision = policy_.JudgeServerName(hello->server_name, event.names_for_ip);
  FillDecision(decision, policy_.mode(), &event);
  if (hello->encrypted_hello) event.detail = "the hello may hide another name (ECH)";
  if (event.action == Action::kBlocked && policy_.settings().sni != SniMode::kEnforce) {
    event.action = Action::kWouldBlock;
  }
  if (event.action != Action::kBlocked) {
    connections_.release(connection);
  } else if (!connections_.close(connection)) {
    event.detail = "the connection is not closed: it hangs until the client gives up";
  }
  // A daemon of the script may connect over and over.
  const bool first = hellos_.size() < kHellosKept && hellos_.insert({head.event.tgid, event.domain}).second;
  if (event.action == Action::kAllowed && !first) return;
  event.process = processes_->Identify({head.event.tgid, head.event.start_ns}, head.event.tid, head.event.uid,
                                       Attribution::kCookie);
  sink_->Take(event);
}

void TrafficReporter::TakeMoved(absl::string_view record) {
  haldane_guard_moved moved;
  if (!ReadHead(record, &moved)) return;
  Event event;
  event.kind = EventKind::kCgroupMove;
  event.warned = true;
  event.reason = "left_the_group";
  event.detail = "the process was moved out of the run's group: what it does from now on is not judged";
  event.process = processes_->Identify({moved.event.tgid, moved.event.start_ns}, moved.event.tid,
                                       moved.event.uid, Attribution::kCookie);
  sink_->Take(event);
}

}  // namespace haldane::guard
