// Debian's own Puma, with exact numbers.
#include <gmock/gmock.h>
#include <signal.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/bpf/counters_test.h"
#include "tests/bpf/http_client.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;
using ::testing::IsEmpty;

class PumaTest : public CountersTest {
 protected:
  // Starts Puma, counted from the moment it is ready, on a port of its choice.
  void Start(std::vector<std::string> options) {
    if (counters_ == nullptr) return;
    std::vector<std::string> command = {"puma",          "--bind",     "tcp://127.0.0.1:0", "--no-config",
                                        "--environment", "production", "--early-hints"};
    command.insert(command.end(), options.begin(), options.end());
    command.push_back(HALDANE_TEST_RUBY "/app.ru");
    puma_ = std::make_unique<ChildProcess>(command);
    const std::string address = "Listening on http://127.0.0.1:";
    const std::string line = puma_->ReadUntil(address);
    port_ = static_cast<uint16_t>(std::stoi(line.substr(line.find(address) + address.size())));
  }

  void ExpectCounts(const ProcessReading& reading, uint64_t requests, uint64_t status_4xx,
                    uint64_t status_5xx) {
    EXPECT_EQ(reading.http_requests, requests);
    EXPECT_EQ(reading.http_4xx, status_4xx);
    EXPECT_EQ(reading.http_5xx, status_5xx);
    EXPECT_THAT(AllDrops(), IsEmpty());
  }

  std::unique_ptr<ChildProcess> puma_;
  uint16_t port_ = 0;
};

class SinglePumaTest : public PumaTest {
 protected:
  void SetUp() override {
    CountersTest::SetUp();
    Start({"--threads", "2:2"});
    if (puma_ == nullptr) return;
    puma_->ReadUntil("Ctrl-C");
    ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
    AttachRaise(ProbeByName());
    Watch(*puma_);
  }
  ProcessReading Read() { return ReadOf(puma_->pid()); }
};

TEST_F(SinglePumaTest, KeepAliveRequestsAreCountedOneByOne) {
  HttpConnection first(port_), second(port_);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(first.Get("/ok"), 200);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(second.Get("/missing"), 404);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(second.Get("/broken"), 503);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(second.Get("/elsewhere"), 302);
  ExpectCounts(Read(), 200 + 20 + 10 + 4, 20, 10);
}

TEST_F(SinglePumaTest, AConnectionPerRequestIsCountedTheSame) {
  for (int i = 0; i < 50; ++i) {
    HttpConnection connection(port_);
    connection.Send("GET /ok HTTP/1.0\r\n\r\n");
    EXPECT_EQ(connection.ReadResponse(), 200);
  }
  ExpectCounts(Read(), 50, 0, 0);
}

TEST_F(SinglePumaTest, PipelinedRequestsAreCountedOneByOne) {
  HttpConnection connection(port_);
  const std::string host = " HTTP/1.1\r\nHost: test\r\n\r\n";
  connection.Send("GET /ok" + host + "GET /missing" + host + "GET /broken" + host);
  EXPECT_EQ(connection.ReadResponse(), 200);
  EXPECT_EQ(connection.ReadResponse(), 404);
  EXPECT_EQ(connection.ReadResponse(), 503);
  ExpectCounts(Read(), 3, 1, 1);
}

TEST_F(SinglePumaTest, ManyWritesOfOneResponseAreOneRequest) {
  HttpConnection connection(port_);
  EXPECT_EQ(connection.Get("/chunked"), 200);
  EXPECT_THAT(connection.body(), ::testing::StartsWith("HTTP/1.1 500 is"));
  EXPECT_EQ(connection.Get("/large"), 200);
  EXPECT_EQ(connection.body().size(), 300'000u);
  ExpectCounts(Read(), 2, 0, 0);
}

TEST_F(SinglePumaTest, EarlyHintsAreNotAResponse) {
  HttpConnection connection(port_);
  EXPECT_EQ(connection.Get("/hints"), 200);
  EXPECT_EQ(connection.Get("/hints"), 200);
  ExpectCounts(Read(), 2, 0, 0);
}

TEST_F(SinglePumaTest, AnUnhandledErrorIsA5xxAndItsException) {
  HttpConnection connection(port_);
  EXPECT_EQ(connection.Get("/ok"), 200);
  const uint64_t errors_before = ClassesOf(Read())["ArgumentError"];
  EXPECT_EQ(connection.Get("/raise"), 500);
  const ProcessReading reading = Read();
  ExpectCounts(reading, 2, 0, 1);
  EXPECT_EQ(ClassesOf(reading)["ArgumentError"], errors_before + 1);
}

TEST_F(SinglePumaTest, ARequestThatCannotBeParsedIsA4xx) {
  HttpConnection connection(port_);
  connection.Send("NOT HTTP AT ALL\r\n\r\n");
  EXPECT_EQ(connection.ReadResponse(), 400);
  ExpectCounts(Read(), 1, 1, 0);
}

// Workers forked by a master that is watched, and that answer at once.
TEST_F(PumaTest, WorkersOfAClusterAreCountedEachForItself) {
  Start({"--workers", "2", "--threads", "1:1", "--preload"});
  if (puma_ == nullptr) return;
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  AttachRaise(ProbeByName());
  Watch(*puma_);
  // Those forked before are found as any process is; those to come are not
  // waited for by anyone.
  puma_->ReadUntil("booted");
  puma_->ReadUntil("booted");
  std::map<std::string, uint64_t> answers;
  HttpConnection first(port_);
  ASSERT_EQ(first.Get("/pid"), 200);
  const uint32_t old_worker = static_cast<uint32_t>(std::stoul(first.body()));
  kill(static_cast<pid_t>(old_worker), SIGKILL);
  puma_->ReadUntil("booted");

  std::set<uint32_t> counted;
  for (const ProcessReading& reading : counters_->Read()) {
    if (reading.parent_pid == puma_->pid()) counted.insert(reading.pid);
  }
  for (int i = 0; i < 60; ++i) {
    HttpConnection connection(port_);
    EXPECT_EQ(connection.Get("/pid"), 200);
    ++answers[connection.body()];
    EXPECT_EQ(connection.Get("/raise"), 500);
  }
  int compared = 0;
  for (const ProcessReading& reading : counters_->Read()) {
    const auto answered = answers.find(std::to_string(reading.pid));
    if (answered == answers.end() || counted.count(reading.pid) == 0) continue;
    EXPECT_EQ(reading.http_requests, 2 * answered->second);
    EXPECT_EQ(reading.http_5xx, answered->second);
    EXPECT_EQ(ClassesOf(reading)["ArgumentError"], answered->second);
    ++compared;
  }
  EXPECT_GE(compared, 1) << "the worker that replaced the killed one answers too";
  EXPECT_THAT(AllDrops(), IsEmpty());
}

}  // namespace
}  // namespace haldane::agent
