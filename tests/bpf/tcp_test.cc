// What goes wrong with TCP connections, on this machine's own network stack.
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "base/unique_fd.h"
#include "tests/bpf/counters_test.h"
#include "tests/bpf/http_client.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;
using ::testing::IsEmpty;

class TcpTest : public CountersTest {
 protected:
  void SetUp() override {
    CountersTest::SetUp();
    if (counters_ == nullptr) return;
    child_.Eval("load '" HALDANE_TEST_RUBY "/serve.rb'");
    port_ = static_cast<uint16_t>(std::stoi(child_.Eval("listen_on(nil)")));
    ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
    Watch(child_);
  }
  void ExpectCounts(uint64_t failures, uint64_t resets, uint64_t retransmits) {
    const SignalCounts counts = ReadOf(child_.pid()).counts;
    EXPECT_EQ(counts.tcp_connect_failures, failures);
    EXPECT_EQ(counts.tcp_resets, resets);
    EXPECT_EQ(counts.tcp_retransmits, retransmits);
    EXPECT_THAT(AllDrops(), IsEmpty());
  }

  RubyChild child_;
  uint16_t port_ = 0;
};

// The reset that answers belongs to no connection of the listener's side, which
// does not exist, but is received by ours.
TEST_F(TcpTest, RefusedConnectionsAreFailures) {
  child_.Eval("free = TCPServer.new('127.0.0.1', 0); $port = free.addr[1]; free.close");
  child_.Eval("5.times { TCPSocket.new('127.0.0.1', $port) rescue nil }");
  EXPECT_EQ(ReadOf(child_.pid()).counts.tcp_connect_failures, 5u);
}

TEST_F(TcpTest, AConnectionThatIsGivenUpIsAFailure) {
  child_.Eval(
      "full = TCPServer.new('127.0.0.1', 0); full.listen(0); $full = full; $held = "
      "2.times.map { Socket.tcp('127.0.0.1', full.addr[1], connect_timeout: 0.2) rescue nil }");
  const uint64_t before = ReadOf(child_.pid()).counts.tcp_connect_failures;
  child_.Eval("3.times { Socket.tcp('127.0.0.1', $full.addr[1], connect_timeout: 0.05).close rescue nil }");
  EXPECT_EQ(ReadOf(child_.pid()).counts.tcp_connect_failures, before + 3);
}

TEST_F(TcpTest, ConnectionsThatSucceedAndEndAreNothing) {
  for (int i = 0; i < 5; ++i) {
    HttpConnection client(port_);
    child_.Eval("accept_one");
    child_.Eval("TCPSocket.new('127.0.0.1', @server.addr[1]).close; @server.accept.close; @connection.close");
  }
  ExpectCounts(0, 0, 0);
}

// Closes so that the other side receives a reset.
void ResetBy(int fd) {
  const linger at_once = {.l_onoff = 1, .l_linger = 0};
  EXPECT_EQ(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
  close(fd);
}

int ConnectTo(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return fd;
}

TEST_F(TcpTest, ResetsThatAreReceivedAreCounted) {
  for (int i = 0; i < 4; ++i) {
    const int client = ConnectTo(port_);
    child_.Eval("accept_one");
    ResetBy(client);
    child_.Eval("@connection.read rescue nil; @connection.close");
  }
  ExpectCounts(0, 4, 0);
}

TEST_F(TcpTest, ResetsThatAreSentAreCounted) {
  for (int i = 0; i < 3; ++i) {
    const UniqueFd client(ConnectTo(port_));
    child_.Eval("accept_one");
    child_.Eval("@connection.setsockopt(Socket::Option.linger(true, 0)); @connection.close");
  }
  ExpectCounts(0, 3, 0);
}

TEST_F(TcpTest, ConnectionsOfOtherProcessesAreNotCounted) {
  RubyChild other;
  other.Eval("load '" HALDANE_TEST_RUBY "/serve.rb'");
  const auto port = static_cast<uint16_t>(std::stoi(other.Eval("listen_on(nil)")));
  const int client = ConnectTo(port);
  other.Eval("accept_one");
  ResetBy(client);
  other.Eval("@connection.read rescue nil");
  ExpectCounts(0, 0, 0);
}

TEST_F(TcpTest, AConnectionOlderThanTheProbesIsKnownFromItsFirstResponse) {
  counters_->DetachAll();
  const int client = ConnectTo(port_);
  child_.Eval("accept_one");
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  child_.Eval("answer");
  ResetBy(client);
  child_.Eval("@connection.read rescue nil");
  ExpectCounts(0, 1, 0);
}

// Drops whatever the sockets of a control group would receive: so that what is sent
// to them is sent again.
class Deafness {
 public:
  Deafness() {
    for (const char* root : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"}) {
      folder_ = std::string(root) + "/haldane-tcp-" + std::to_string(getpid());
      if (access((std::string(root) + "/cgroup.procs").c_str(), W_OK) == 0 &&
          mkdir(folder_.c_str(), 0755) == 0) {
        break;
      }
      folder_.clear();
    }
    const bpf_insn drop[] = {{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
                             {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
    program_.reset(bpf_prog_load(BPF_PROG_TYPE_CGROUP_SKB, "haldane_deaf", "GPL", drop, 2, nullptr));
    group_.reset(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  ~Deafness() {
    Set(false);
    std::ofstream(folder_ + "/../cgroup.procs") << getpid();
    if (!folder_.empty()) rmdir(folder_.c_str());
  }
  // Sockets made from now on by this process belong to the group.
  bool Enter() {
    if (!program_.is_open() || !group_.is_open()) return false;
    std::ofstream stream(folder_ + "/cgroup.procs");
    stream << getpid() << std::flush;
    return static_cast<bool>(stream);
  }
  void Set(bool deaf) {
    if (!deaf) {
      (void)bpf_prog_detach2(program_.get(), group_.get(), BPF_CGROUP_INET_INGRESS);
      return;
    }
    EXPECT_EQ(bpf_prog_attach(program_.get(), group_.get(), BPF_CGROUP_INET_INGRESS, 0), 0);
  }

 private:
  std::string folder_;
  UniqueFd program_;
  UniqueFd group_;
};

TEST_F(TcpTest, SegmentsThatAreSentAgainAreCountedAsTheKernelCountsThem) {
  Deafness deafness;
  if (!deafness.Enter())
    GTEST_SKIP() << "SKIPPED: this kernel has no cgroup2 in which packets can be dropped";
  const UniqueFd client(ConnectTo(port_));
  child_.Eval("accept_one");
  deafness.Set(true);
  child_.Eval("@connection.write('x' * 100)");
  // struct tcp_info: total_retrans is at byte 100.
  const std::string told =
      "@connection.getsockopt(Socket::IPPROTO_TCP, Socket::TCP_INFO).data[100, 4].unpack1('L')";
  while (std::stoull(child_.Eval(told)) < 2) usleep(10'000);
  deafness.Set(false);
  char buffer[128];
  EXPECT_EQ(recv(client.get(), buffer, sizeof buffer, 0), 100);
  const uint64_t expected = std::stoull(child_.Eval(told));
  EXPECT_EQ(ReadOf(child_.pid()).counts.tcp_retransmits, expected);
}

}  // namespace
}  // namespace haldane::agent
