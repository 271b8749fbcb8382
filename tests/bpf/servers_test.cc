// Real servers, over TCP and over Unix sockets, with exact numbers of requests,
// statuses and latencies.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "tests/bpf/counters_test.h"
#include "tests/bpf/http_client.h"
#include "tests/bpf/unpacked_ruby.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_directory.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;
using ::testing::IsEmpty;

constexpr char kApp[] = HALDANE_TEST_RUBY "/app.ru";
constexpr char kHost[] = " HTTP/1.1\r\nHost: test\r\n\r\n";

// How a server is started to listen at an address, and what it says when it does.
struct ServerKind {
  std::string name;
  std::function<std::vector<std::string>(const std::string& address)> command;
  std::string tcp_address;  // port 0 is of its own choice where it can be told
  std::string ready;
  bool keeps_alive = true;
  bool forks_workers = false;
};

std::vector<std::string> PumaOptions(const std::string& address) {
  return {"--bind",    address, "--no-config", "--environment", "production", "--early-hints",
          "--threads", "2:2",   kApp};
}

ServerKind Puma5() {
  return {.name = "Puma5",
          .command =
              [](const std::string& address) {
                std::vector<std::string> command = PumaOptions(address);
                command.insert(command.begin(), "puma");
                return command;
              },
          .tcp_address = "tcp://127.0.0.1:0",
          .ready = "Ctrl-C"};
}

ServerKind Puma6() {
  return {.name = "Puma6",
          .command =
              [](const std::string& address) {
                std::vector<std::string> command = PumaOptions(address);
                command.insert(command.begin(),
                               {UnpackedRuby("trixie-puma", {"puma", "ruby-rack"}), "-e",
                                "require 'rubygems'; require 'puma/cli'; Puma::CLI.new(ARGV).run", "--"});
                return command;
              },
          .tcp_address = "tcp://127.0.0.1:0",
          .ready = "Ctrl-C"};
}

ServerKind Unicorn() {
  return {.name = "Unicorn",
          .command =
              [](const std::string& address) {
                return std::vector<std::string>{
                    "unicorn", "--listen", address, "--env", "deployment", "--no-default-middleware", kApp};
              },
          .tcp_address = "127.0.0.1:0",
          .ready = "worker=0 ready",
          .keeps_alive = false,
          .forks_workers = true};
}

struct ServerCase {
  ServerKind server;
  bool over_unix_socket;
};

class ServersTest : public CountersTest, public ::testing::WithParamInterface<ServerCase> {
 protected:
  void SetUp() override {
    CountersTest::SetUp();
    if (counters_ == nullptr) return;
    const ServerKind& server = GetParam().server;
    if (GetParam().over_unix_socket) path_ = directory_.path() + "/socket";
    const std::string unix_address = server.forks_workers ? path_ : "unix://" + path_;
    const std::vector<std::string> command =
        server.command(path_.empty() ? server.tcp_address : unix_address);
    if (command[0].empty()) GTEST_SKIP() << "SKIPPED: " << WhyNoRuby();
    ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
    process_ = std::make_unique<ChildProcess>(command);
    Watch(*process_);
    FindPort(server.ready);
  }

  // Ends its workers too. A server that is just starting them may miss a request.
  void TearDown() override {
    if (process_ == nullptr) return;
    for (int tenths = 0; tenths < 200 && !HasEnded(process_->pid()); ++tenths) {
      if (tenths % 20 == 0) process_->Kill(SIGTERM);
      absl::SleepFor(absl::Milliseconds(100));
    }
    process_->Kill(SIGKILL);
    process_->Wait();
  }

  static bool HasEnded(uint32_t pid) {
    siginfo_t info = {};
    return waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
  }

  void FindPort(const std::string& ready) {
    for (;;) {
      const std::string line = process_->ReadLine();
      ASSERT_FALSE(line.empty()) << "the server ended";
      const size_t at = line.find("127.0.0.1:");
      if (at != std::string::npos) port_ = static_cast<uint16_t>(std::stoi(line.substr(at + 10)));
      if (line.find(ready) != std::string::npos) return;
    }
  }

  HttpConnection Connect() { return path_.empty() ? HttpConnection(port_) : HttpConnection(path_); }

  // What all processes of the server have counted together, and their latencies.
  void ExpectCounts(uint64_t requests, uint64_t status_4xx, uint64_t status_5xx) {
    uint64_t all = 0, with_4xx = 0, with_5xx = 0, measured = 0;
    for (const ProcessReading& reading : counters_->Read()) {
      all += reading.http_requests;
      with_4xx += reading.http_4xx;
      with_5xx += reading.http_5xx;
      measured += ValuesIn(reading.counts.http_latency);
    }
    EXPECT_EQ(all, requests);
    EXPECT_EQ(with_4xx, status_4xx);
    EXPECT_EQ(with_5xx, status_5xx);
    EXPECT_EQ(measured, requests);
    EXPECT_THAT(AllDrops(), IsEmpty());
  }

  testing::TemporaryDirectory directory_;
  std::unique_ptr<ChildProcess> process_;
  uint16_t port_ = 0;
  std::string path_;
};

TEST_P(ServersTest, AConnectionPerRequest) {
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Connect().Get("/ok"), 200);
  for (int i = 0; i < 7; ++i) EXPECT_EQ(Connect().Get("/missing"), 404);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Connect().Get("/broken"), 503);
  ExpectCounts(60, 7, 3);
}

TEST_P(ServersTest, KeptAliveConnections) {
  if (!GetParam().server.keeps_alive) return;  // it closes every connection
  HttpConnection first = Connect(), second = Connect();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(first.Get("/ok"), 200);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(second.Get("/missing"), 404);
  EXPECT_EQ(first.Get("/broken"), 503);
  ExpectCounts(111, 10, 1);
}

TEST_P(ServersTest, PipelinedRequests) {
  if (!GetParam().server.keeps_alive) return;  // it closes every connection
  HttpConnection connection = Connect();
  connection.Send(std::string("GET /ok") + kHost + "GET /missing" + kHost + "GET /broken" + kHost);
  EXPECT_EQ(connection.ReadResponse(), 200);
  EXPECT_EQ(connection.ReadResponse(), 404);
  EXPECT_EQ(connection.ReadResponse(), 503);
  ExpectCounts(3, 1, 1);
}

TEST_P(ServersTest, ChunkedAndLargeAnswersAreOneResponseEach) {
  HttpConnection chunked = Connect();
  EXPECT_EQ(chunked.Get("/chunked"), 200);
  EXPECT_EQ(Connect().Get("/large"), 200);
  ExpectCounts(2, 0, 0);
}

TEST_P(ServersTest, EarlyHintsAreNoResponse) {
  EXPECT_EQ(Connect().Get("/hints"), 200);
  EXPECT_EQ(Connect().Get("/hints"), 200);
  ExpectCounts(2, 0, 0);
}

TEST_P(ServersTest, ARequestInPieces) {
  HttpConnection connection = Connect();
  const std::string request = std::string("GET /ok") + kHost;
  for (const char byte : request) connection.Send(std::string(1, byte));
  EXPECT_EQ(connection.ReadResponse(), 200);
  ExpectCounts(1, 0, 0);
}

TEST_P(ServersTest, ABodyInPieces) {
  HttpConnection connection = Connect();
  connection.Send("POST /ok HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\n");
  for (int i = 0; i < 10; ++i) connection.Send(std::string(10'000, 'x'));
  EXPECT_EQ(connection.ReadResponse(), 200);
  ExpectCounts(1, 0, 0);
}

TEST_P(ServersTest, AnErrorThatTheApplicationDoesNotHandle) {
  EXPECT_EQ(Connect().Get("/raise"), 500);
  EXPECT_EQ(Connect().Get("/ok"), 200);
  ExpectCounts(2, 0, 1);
}

TEST_P(ServersTest, ARequestThatCannotBeParsed) {
  HttpConnection connection = Connect();
  connection.Send("NOT HTTP AT ALL\r\n\r\n");
  EXPECT_EQ(connection.ReadResponse(), 400);
  ExpectCounts(1, 1, 0);
}

std::vector<ServerCase> Cases() {
  std::vector<ServerCase> cases;
  for (const ServerKind& server : {Puma5(), Puma6(), Unicorn()}) {
    cases.push_back({server, false});
    cases.push_back({server, true});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Each, ServersTest, ::testing::ValuesIn(Cases()), [](const auto& info) {
  return info.param.server.name + (info.param.over_unix_socket ? "OverUnixSocket" : "OverTcp");
});

}  // namespace
}  // namespace haldane::agent
