#include "guard/runtime/self_test.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "guard/attribution/kernel_askers.h"
#include "guard/kernel/event_ring.h"
#include "guard/proxy/sockets.h"

namespace haldane::guard {
namespace {

// A server of the documentation's network: nobody has this address.
constexpr uint32_t kNoServer = 0xC0000201;  // 192.0.2.1
constexpr uint16_t kTransaction = 0x4861;
constexpr int kPatienceMs = 2000;

enum Finding { kAsExpected = 0, kCannotSend = 1, kNoAnswer = 2, kWrongSource = 3, kNotRefused = 4 };

sockaddr_in NoServer() {
  sockaddr_in server = {};
  server.sin_family = AF_INET;
  server.sin_port = htons(53);
  server.sin_addr.s_addr = htonl(kNoServer);
  return server;
}

int SendQuery(int socket_fd) {
  const sockaddr_in server = NoServer();
  uint8_t query[12] = {kTransaction >> 8, kTransaction & 0xff};
  return static_cast<int>(
      sendto(socket_fd, query, sizeof query, 0, reinterpret_cast<const sockaddr*>(&server), sizeof server));
}

// In the group: an unconnected socket, as musl's resolver uses.
Finding AskAndListen() {
  const int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_fd < 0 || SendQuery(socket_fd) < 0) return kCannotSend;
  pollfd ready = {socket_fd, POLLIN, 0};
  if (poll(&ready, 1, kPatienceMs) != 1) return kNoAnswer;
  sockaddr_in from = {};
  socklen_t size = sizeof from;
  char answer[12];
  if (recvfrom(socket_fd, answer, sizeof answer, 0, reinterpret_cast<sockaddr*>(&from), &size) < 0)
    return kNoAnswer;
  const sockaddr_in server = NoServer();
  const bool same = from.sin_addr.s_addr == server.sin_addr.s_addr && from.sin_port == server.sin_port;
  return same ? kAsExpected : kWrongSource;
}

Finding AskInVain() {
  const int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  return SendQuery(socket_fd) < 0 && errno == EPERM ? kAsExpected : kNotRefused;
}

pid_t StartInGroup(int cgroup_fd, Finding (*body)()) {
  clone_args arguments = {};
  arguments.flags = CLONE_INTO_CGROUP;
  arguments.exit_signal = SIGCHLD;
  arguments.cgroup = static_cast<uint64_t>(cgroup_fd);
  const pid_t pid = static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
  if (pid == 0) _exit(body());
  return pid;
}

absl::Status JudgeFinding(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  static constexpr const char* kFindings[] = {
      "", "a lookup could not be sent", "a lookup got no answer",
      "an answer does not seem to come from the server that was asked",
      "a lookup was not refused although the proxy is silent"};
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (code == kAsExpected) return absl::OkStatus();
  const char* finding = code > 0 && code <= kNotRefused ? kFindings[code] : "the test's process was killed";
  return absl::FailedPreconditionError(absl::StrCat(
      "the self-test failed: ", finding, "\nhint: haldane guard probe says what this kernel supports"));
}

// Plays the proxy for one query; whether it was known to be of `asker`.
absl::Status AnswerOne(const Programs& programs, int udp_fd, pid_t asker) {
  pollfd ready = {udp_fd, POLLIN, 0};
  SocketAddress client;
  char query[512];
  ssize_t size = -1;
  if (poll(&ready, 1, kPatienceMs) == 1) {
    size = recvfrom(udp_fd, query, sizeof query, 0, client.get(), &client.size);
  }
  if (size < 2) {
    return absl::FailedPreconditionError("the self-test failed: a lookup did not arrive at the proxy");
  }
  QueryFlow query_flow;
  query_flow.client = client.address();
  query_flow.client_port = client.port();
  query_flow.message = absl::string_view(query, static_cast<size_t>(size));
  const haldane_guard_flow flow = FlowKey(query_flow);
  haldane_guard_asker found = {};
  const bool known = bpf_map_lookup_elem(programs.flows(), &flow, &found) == 0;
  sendto(udp_fd, query, static_cast<size_t>(size), 0, client.get(), client.size);
  if (known && found.tgid == static_cast<__u32>(asker)) return absl::OkStatus();
  return absl::FailedPreconditionError("the self-test failed: a lookup's sender is not known");
}

// What was reported of the test is no part of the run.
absl::Status ForgetTest(Programs* programs) {
  absl::StatusOr<std::unique_ptr<EventRing>> ring =
      EventRing::Open(programs->events(), [](absl::string_view) {});
  if (!ring.ok()) return ring.status();
  (*ring)->Drain();
  haldane_guard_contact contact = {};
  while (bpf_map_get_next_key(programs->contacts(), nullptr, &contact) == 0) {
    if (bpf_map_delete_elem(programs->contacts(), &contact) != 0) break;
  }
  programs->Reset();
  return absl::OkStatus();
}

}  // namespace

absl::Status SelfTest(Programs* programs, const RunGroup& group, const ProxySockets& sockets, bool enforced) {
  const pid_t asker = StartInGroup(group.fd(), AskAndListen);
  if (asker < 0) {
    return absl::ErrnoToStatus(errno, "cannot start a process in the run's group (clone3, Linux 5.7)");
  }
  const absl::Status answered = AnswerOne(*programs, sockets.udp.front().get(), asker);
  const absl::Status heard = JudgeFinding(asker);
  if (!answered.ok()) return answered;
  if (!heard.ok()) return heard;
  if (enforced) {
    programs->FakeStaleBeat();
    const pid_t refused = StartInGroup(group.fd(), AskInVain);
    if (refused < 0) return absl::ErrnoToStatus(errno, "cannot start a process in the run's group");
    const absl::Status status = JudgeFinding(refused);
    if (!status.ok()) return status;
  }
  return ForgetTest(programs);
}

}  // namespace haldane::guard
