// When a request begins and ends, one system call at a time.
#include <gmock/gmock.h>

#include <string>

#include "base/log_linear.h"
#include "tests/bpf/counters_test.h"
#include "tests/bpf/http_client.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_directory.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;
using ::testing::IsEmpty;

constexpr char kRequest[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

class LatencyTest : public CountersTest {
 protected:
  void SetUp() override {
    CountersTest::SetUp();
    if (counters_ == nullptr) return;
    child_.Eval("load '" HALDANE_TEST_RUBY "/serve.rb'");
    port_ = static_cast<uint16_t>(std::stoi(child_.Eval("listen_on(nil)")));
    ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
    Watch(child_);
  }

  void ExpectMeasured(uint64_t responses, uint64_t measured) {
    const ProcessReading reading = ReadOf(child_.pid());
    EXPECT_EQ(reading.http_requests, responses);
    EXPECT_EQ(ValuesIn(reading.counts.http_latency), measured);
    EXPECT_THAT(AllDrops(), IsEmpty());
  }
  // How many responses took at least so long.
  uint64_t MeasuredFrom(uint64_t microseconds) {
    uint64_t slow = 0;
    for (const auto& [bucket, count] : ReadOf(child_.pid()).counts.http_latency) {
      if (bucket >= haldane_duration_index(microseconds)) slow += count;
    }
    return slow;
  }

  RubyChild child_;
  uint16_t port_ = 0;
};

TEST_F(LatencyTest, ARequestLastsFromItsReadToItsResponse) {
  HttpConnection client(port_);
  child_.Eval("accept_one");
  child_.Eval("sleep 0.2");  // a client that says nothing yet is nobody's latency
  client.Send(kRequest);
  child_.Eval("read_some");
  child_.Eval("sleep 0.05");
  child_.Eval("answer");
  child_.Eval("sleep 0.1");
  ExpectMeasured(1, 1);
  EXPECT_EQ(MeasuredFrom(50'000), 1u);
  EXPECT_EQ(MeasuredFrom(200'000), 0u);
}

TEST_F(LatencyTest, ARequestInPiecesBeginsWithTheFirst) {
  HttpConnection client(port_);
  child_.Eval("accept_one");
  client.Send(kRequest);
  child_.Eval("read_some(5)");
  child_.Eval("sleep 0.05");
  child_.Eval("read_some");
  child_.Eval("answer");
  ExpectMeasured(1, 1);
  EXPECT_EQ(MeasuredFrom(50'000), 1u);
}

TEST_F(LatencyTest, TheNextRequestOfAConnectionBeginsWithItsOwnRead) {
  HttpConnection client(port_);
  child_.Eval("accept_one");
  for (int i = 0; i < 3; ++i) {
    client.Send(kRequest);
    child_.Eval("read_some");
    child_.Eval("answer");
    child_.Eval("sleep 0.05");
  }
  ExpectMeasured(3, 3);
  EXPECT_EQ(MeasuredFrom(50'000), 0u);
}

TEST_F(LatencyTest, RequestsReadTogetherBeginTogether) {
  HttpConnection client(port_);
  child_.Eval("accept_one");
  client.Send(std::string(kRequest) + kRequest);
  child_.Eval("read_some");
  child_.Eval("answer");
  child_.Eval("sleep 0.05");
  child_.Eval("answer");
  ExpectMeasured(2, 2);
  EXPECT_EQ(MeasuredFrom(50'000), 1u);
}

TEST_F(LatencyTest, AnInterimResponseEndsNothing) {
  HttpConnection client(port_);
  child_.Eval("accept_one");
  client.Send(kRequest);
  child_.Eval("read_some");
  child_.Eval("answer(103)");
  ExpectMeasured(0, 0);
  child_.Eval("sleep 0.05");
  child_.Eval("answer");
  ExpectMeasured(1, 1);
  EXPECT_EQ(MeasuredFrom(50'000), 1u);
}

TEST_F(LatencyTest, AConnectionOlderThanTheProbesIsMeasuredFromItsSecondResponse) {
  HttpConnection client(port_);
  counters_->DetachAll();
  child_.Eval("accept_one");
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  for (int i = 0; i < 3; ++i) {
    client.Send(kRequest);
    child_.Eval("read_some");
    child_.Eval("answer");
  }
  ExpectMeasured(3, 2);
}

TEST_F(LatencyTest, ARequestThatWasReadBeforeAPauseOfTheProbesIsNotMeasured) {
  HttpConnection client(port_);
  child_.Eval("accept_one");
  client.Send(kRequest);
  child_.Eval("read_some");
  Group("latency")->Detach(haldane::v1::SignalGap::CAUSE_SHED, "for this test");
  child_.Eval("answer");
  client.Send(kRequest);
  child_.Eval("read_some");
  ASSERT_THAT(Group("latency")->Attach(), IsOk());
  child_.Eval("answer");
  ExpectMeasured(2, 0);
}

TEST_F(LatencyTest, ADescriptorThatIsReusedBelongsToItsNewConnection) {
  HttpConnection first(port_);
  const std::string descriptor = child_.Eval("accept_one");
  first.Send(kRequest);
  child_.Eval("read_some");
  child_.Eval("@connection.close");
  HttpConnection second(port_);
  ASSERT_EQ(child_.Eval("accept_one"), descriptor);
  child_.Eval("sleep 0.05");
  second.Send(kRequest);
  child_.Eval("read_some");
  child_.Eval("answer");
  ExpectMeasured(1, 1);
  EXPECT_EQ(MeasuredFrom(50'000), 0u);
}

TEST_F(LatencyTest, ReadsOfOtherDescriptorsBeginNothing) {
  HttpConnection client(port_);
  child_.Eval("accept_one");
  child_.Eval("@ours, @theirs = UNIXSocket.pair");
  child_.Eval("@theirs.write('GET / HTTP/1.1'); @ours.readpartial(100)");
  child_.Eval("@connection = @ours");
  child_.Eval("answer");
  ExpectMeasured(1, 0);
}

TEST_F(LatencyTest, EveryCallThatReadsIsSeen) {
  child_.Eval(
      "def readv(io); v = [Fiddle::Pointer[@b = 'x' * 99].to_i, 99].pack('Q2'); "
      "LibC.readv(io.fileno, v, 1); end");
  child_.Eval("require 'fiddle/import'");
  child_.Eval(
      "module LibC; extend Fiddle::Importer; dlload Fiddle.dlopen(nil); "
      "extern 'ssize_t readv(int, void*, int)'; end");
  HttpConnection client(port_);
  child_.Eval("accept_one");
  for (const std::string read : {"@connection.sysread(99)", "@connection.recv(99)", "@connection.recvmsg(99)",
                                 "readv(@connection)", "@connection.read_nonblock(99)"}) {
    client.Send(kRequest);
    child_.Eval(read);
    child_.Eval("answer");
  }
  ExpectMeasured(5, 5);
}

TEST_F(LatencyTest, UnixSocketsAreMeasuredTheSame) {
  const testing::TemporaryDirectory directory;
  const std::string path = directory.path() + "/socket";
  child_.Eval("listen_on('" + path + "')");
  HttpConnection client(path);
  child_.Eval("accept_one");
  client.Send(kRequest);
  child_.Eval("read_some");
  child_.Eval("answer");
  ExpectMeasured(1, 1);
}

}  // namespace
}  // namespace haldane::agent
