#include "guard/runtime/guard_loop.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "bpf/abi/guard_event.h"
#include "guard/attribution/kernel_askers.h"
#include "guard/attribution/proc_files.h"
#include "guard/attribution/process_table.h"
#include "guard/kernel/connections.h"
#include "guard/kernel/event_ring.h"
#include "guard/kernel/kernel_egress_table.h"
#include "guard/loop/event_loop.h"
#include "guard/proxy/dns_proxy.h"
#include "guard/runtime/channel.h"
#include "guard/runtime/run_record.h"
#include "guard/runtime/traffic_reporter.h"

namespace haldane::guard {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(200);
// Whoever asks the next question right after an answer finds us free.
constexpr absl::Duration kWritingDelay = absl::Milliseconds(5);
// Between two beats, however fast events come.
constexpr int kRecordsPerBeat = 4096;
constexpr size_t kMostCommandsWaiting = 65536;

std::vector<IpAddress> OwnAddresses() {
  std::vector<IpAddress> own;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return own;
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    if (each->ifa_addr->sa_family == AF_INET) {
      const auto* address = reinterpret_cast<const sockaddr_in*>(each->ifa_addr);
      own.push_back(IpAddress::V4(reinterpret_cast<const uint8_t*>(&address->sin_addr)));
    } else if (each->ifa_addr->sa_family == AF_INET6) {
      const auto* address = reinterpret_cast<const sockaddr_in6*>(each->ifa_addr);
      own.push_back(IpAddress::V6(reinterpret_cast<const uint8_t*>(&address->sin6_addr)));
    }
  }
  freeifaddrs(list);
  return own;
}

std::vector<UniqueFd> Duplicates(const std::vector<UniqueFd>& sockets) {
  std::vector<UniqueFd> copies;
  for (const UniqueFd& socket : sockets) copies.emplace_back(fcntl(socket.get(), F_DUPFD_CLOEXEC, 3));
  return copies;
}

class GuardLoop {
 public:
  GuardLoop(const Run& run, pid_t script, uint32_t restarts, int channel_fd)
      : run_(run),
        channel_fd_(channel_fd),
        restarts_(restarts),
        egress_(*run.policy, run.programs->addresses(),
                [this](const IpAddress& address, const Rule& rule) { CloseDenied(address, rule); }),
        processes_("/proc"),
        askers_(run.programs->flows(), &processes_, [this] { ring_->Drain(); }) {
    processes_.Add(static_cast<uint32_t>(script));
  }

  absl::Status Start() {
    ASSIGN_OR_RETURN(record_, RunRecord::Open(run_, restarts_, [this](std::function<void()> write) {
                       loop_.After(kWritingDelay, std::move(write));
                     }));
    TrafficReporter::Connections connections;
    connections.release = [this](const Connection& c) {
      const uint32_t released = 1;
      bpf_map_update_elem(run_.programs->released(), &c.cookie, &released, BPF_ANY);
    };
    connections.close = [](const Connection& c) { return CloseConnection(c).ok(); };
    traffic_ = std::make_unique<TrafficReporter>(*run_.policy, egress_, &processes_, record_.get(),
                                                 std::move(connections));
    ASSIGN_OR_RETURN(ring_,
                     EventRing::Open(run_.programs->events(), [this](absl::string_view r) { Take(r); }));
    DnsProxyOptions options;
    options.upstream = run_.upstream;
    options.own_addresses = OwnAddresses();
    options.udp = Duplicates(run_.sockets.udp);
    options.listeners = Duplicates(run_.sockets.tcp);
    ASSIGN_OR_RETURN(proxy_, DnsProxy::Start(loop_, *run_.policy, egress_, askers_, *record_, Clock::Real(),
                                             std::move(options)));
    loop_.Watch(ring_->fd(), EPOLLIN, [this](uint32_t) { ring_->Drain(); });
    loop_.Watch(channel_fd_, EPOLLIN, [this](uint32_t) { OnChannel(); });
    Tick();
    return absl::OkStatus();
  }

  int Run() {
    FromProxy ready;
    SendMessage(channel_fd_, ready);
    loop_.Run();
    return 0;
  }

 private:
  void Tick() {
    run_.programs->Beat();
    ring_->Drain();
    RecordCommands();
    record_->CountLost(run_.programs->losses());
    record_->TellController();
    loop_.After(kTick, [this] { Tick(); });
  }

  void Take(absl::string_view record) {
    if (++taken_ % kRecordsPerBeat == 0) run_.programs->Beat();
    haldane_guard_event event;
    if (record.size() < sizeof event) return;
    memcpy(&event, record.data(), sizeof event);
    if (event.kind != HALDANE_GUARD_FORK && event.kind != HALDANE_GUARD_EXEC &&
        event.kind != HALDANE_GUARD_EXIT) {
      return traffic_->Take(record);
    }
    processes_.Take(record);
    // Written later: a lookup may be waiting for this drain.
    if (event.kind == HALDANE_GUARD_EXEC && commands_.size() < kMostCommandsWaiting)
      commands_.push_back(event);
  }

  // Closes connections that could not begin any more.
  void CloseDenied(const IpAddress& address, const Rule& rule) {
    if (run_.policy->mode() != Mode::kEnforce) return;
    const absl::StatusOr<std::vector<Connection>> open = ConnectionsTo(address, run_.group->Ids());
    if (!open.ok()) return record_->NoteGuard("connections", open.status().message());
    for (const Connection& connection : *open) {
      if (!rule.CoversPort(connection.to_port, connection.transport)) continue;
      const uint32_t holder = HolderOfSocket("/proc", connection.inode, run_.group->Members()).value_or(0);
      if (CloseConnection(connection).ok()) traffic_->ReportClosed(connection, holder);
    }
  }

  void RecordCommands() {
    for (const haldane_guard_event& exec : commands_) {
      Event event;
      event.kind = EventKind::kExec;
      event.time = absl::Now() - (Clock::Real().Monotonic() - absl::Nanoseconds(exec.time_ns));
      event.process =
          processes_.Identify({exec.tgid, exec.start_ns}, exec.tid, exec.uid, Attribution::kCookie);
      record_->Take(event);
    }
    commands_.clear();
  }

  void OnChannel() {
    ToProxy message;
    if (!ReceiveMessage(channel_fd_, &message)) return OnLauncherGone();
    if (message.kind == ToProxy::kStrays) return NoteStrays(message);
    Finish(message.ending);
  }

  void NoteStrays(const ToProxy& message) {
    ring_->Drain();
    for (uint32_t i = 0; i < std::min(message.stray_count, ToProxy::kMostStrays); i++) {
      const ProcessIdentity stray = processes_.IdentifyNow(message.strays[i]);
      record_->NoteStray(stray);
    }
    FromProxy noted;
    noted.kind = FromProxy::kStraysNoted;
    SendMessage(channel_fd_, noted);
  }

  FromProxy Finish(const Ending& ending) {
    proxy_.reset();
    ring_->Drain();
    RecordCommands();
    traffic_->ReportRepeats(run_.programs->contacts());
    record_->CountLost(run_.programs->losses());
    FromProxy finished = record_->Finish(ending);
    SendMessage(channel_fd_, finished);
    loop_.Stop();
    return finished;
  }

  // Nobody is left to end the script and to remove the group.
  void OnLauncherGone() {
    loop_.Unwatch(channel_fd_);
    run_.group->Kill();
    record_->NoteGuard("launcher_died", "the launcher was killed, and the script with it");
    record_->CountLost({{"launcher", 1}});
    Ending ending;
    ending.exit_code = 137;
    ending.restarts = restarts_;
    ending.usage = run_.group->usage();
    Finish(ending);
    const absl::Status removed = run_.group->Remove();
    if (!removed.ok()) std::cerr << "haldane: " << removed.message() << std::endl;
  }

  const guard::Run& run_;
  const int channel_fd_;
  const uint32_t restarts_;
  EventLoop loop_;
  KernelEgressTable egress_;
  ProcessTable processes_;
  KernelAskers askers_;
  std::unique_ptr<RunRecord> record_;
  std::unique_ptr<TrafficReporter> traffic_;
  std::unique_ptr<EventRing> ring_;
  std::unique_ptr<DnsProxy> proxy_;
  std::vector<haldane_guard_event> commands_;
  uint64_t taken_ = 0;
};

}  // namespace

int RunGuardLoop(const Run& run, pid_t script, uint32_t restarts, int channel_fd) {
  GuardLoop loop(run, script, restarts, channel_fd);
  const absl::Status started = loop.Start();
  if (started.ok()) return loop.Run();
  FromProxy failed;
  failed.kind = FromProxy::kFailed;
  strncpy(failed.message, std::string(started.message()).c_str(), sizeof failed.message - 1);
  SendMessage(channel_fd, failed);
  return 1;
}

}  // namespace haldane::guard
