// What counts as a response: by system call, by content, by where it goes.
#include <gmock/gmock.h>

#include <string>

#include "tests/bpf/counters_test.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;
using ::testing::IsEmpty;

class ResponseTest : public CountersTest {
 protected:
  void SetUp() override {
    CountersTest::SetUp();
    if (counters_ == nullptr) return;
    child_.Eval("load '" HALDANE_TEST_RUBY "/writes.rb'");  // answers "ready"
    ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
    Watch(child_);
  }

  void ExpectCounts(uint64_t requests, uint64_t status_4xx, uint64_t status_5xx) {
    const ProcessReading reading = ReadOf(child_.pid());
    EXPECT_EQ(reading.http_requests, requests);
    EXPECT_EQ(reading.http_4xx, status_4xx);
    EXPECT_EQ(reading.http_5xx, status_5xx);
    EXPECT_THAT(AllDrops(), IsEmpty());
  }

  RubyChild child_;
};

TEST_F(ResponseTest, EverySystemCallThatCarriesAResponseIsSeen) {
  for (const std::string call : {"plain_write", "send_to", "write_vector", "send_message"}) {
    child_.Eval(call + "(\"HTTP/1.1 200 OK\\r\\n\")");
    child_.Eval(call + "(\"HTTP/1.1 404 Not Found\\r\\n\")");
    child_.Eval(call + "(\"HTTP/1.0 500 Oops\\r\\n\")");
  }
  ExpectCounts(12, 4, 4);
}

TEST_F(ResponseTest, StatusClassesHaveExactBounds) {
  for (const int status : {200, 299, 302, 399, 400, 499, 500, 599, 600}) {
    child_.Eval("send_to('HTTP/1.1 " + std::to_string(status) + " x')");
  }
  ExpectCounts(9, 2, 2);
}

TEST_F(ResponseTest, InterimResponsesAreNotCounted) {
  for (const int status : {100, 102, 103, 199}) {
    child_.Eval("send_to('HTTP/1.1 " + std::to_string(status) + " x')");
  }
  ExpectCounts(0, 0, 0);
}

TEST_F(ResponseTest, WhatOnlyLooksLikeAHeadIsNotCounted) {
  for (const std::string text :
       {"HTTP/1.1 50", "HTTP/2.0 500 x", "HTTP/1.1-500 x", "HTTP/1.1 5x0 x", "HTTP/1.x 500 x",
        "http/1.1 500 x", " HTTP/1.1 500 x", "GET / HTTP/1.1\\r\\n", "", "x"}) {
    child_.Eval("send_to(\"" + text + "\")");
    child_.Eval("plain_write(\"" + text + "\")");
    child_.Eval("write_vector(\"" + text + "\")");
  }
  ExpectCounts(0, 0, 0);
}

TEST_F(ResponseTest, LeadingEmptyVectorsAreSkipped) {
  child_.Eval("write_vector('', '', 'HTTP/1.1 500 Oops', 'body')");
  child_.Eval("send_message('', 'HTTP/1.1 404 Oops', 'HTTP/1.1 500 in a body')");
  ExpectCounts(2, 1, 1);
}

TEST_F(ResponseTest, WritesThatAreNotToASocketAreNotResponses) {
  child_.Eval("write_to(File.open('/dev/null', 'w'), 'HTTP/1.1 500 in a log')");
  child_.Eval("IO.pipe { |_, writer| write_to(writer, 'HTTP/1.1 500 in a pipe') }");
  child_.Eval("write_to(File.open('/dev/null', 'w'), 'HTTP/1.1 500').tap { plain_write('HTTP/1.1 200 OK') }");
  ExpectCounts(1, 0, 0);
}

TEST_F(ResponseTest, AWriteThatWouldHaveBlockedIsNotCountedUntilItSucceeds) {
  EXPECT_EQ(child_.Eval("write_to_full_socket('HTTP/1.1 500 Oops')"), "-1");
  ExpectCounts(0, 0, 0);
  child_.Eval("plain_write('HTTP/1.1 500 Oops')");
  ExpectCounts(1, 0, 1);
}

TEST_F(ResponseTest, AFailedWriteLeavesNothingForTheNextOne) {
  child_.Eval("LibC.write(9999, 'HTTP/1.1 500 Oops', 17)");
  child_.Eval("LibC.sendto(9999, 'HTTP/1.1 500 Oops', 17, 0, nil, 0)");
  child_.Eval("plain_write('plain text of a body')");
  ExpectCounts(0, 0, 0);
}

TEST_F(ResponseTest, OtherProcessesAreNotCounted) {
  RubyChild other;
  other.Eval("load '" HALDANE_TEST_RUBY "/writes.rb'");
  other.Eval("send_to('HTTP/1.1 500 Oops')");
  ExpectCounts(0, 0, 0);
  EXPECT_FALSE(IsCounted(other.pid()));
}

TEST_F(ResponseTest, ABufferThatCannotBeReadIsReportedAsLost) {
  child_.Eval("LibC.sendto(@ours.fileno, Fiddle::Pointer.new(4096), 100, 0, nil, 0)");
  EXPECT_EQ(DropsAt("response_unreadable"), 1u);
  child_.Eval("LibC.write(File.open('/dev/null', 'w').fileno, Fiddle::Pointer.new(4096), 100)");
  EXPECT_EQ(DropsAt("response_unreadable"), 1u) << "not a socket: nothing was lost";
}

TEST_F(ResponseTest, CountsAgainAfterDetachAndAttach) {
  counters_->DetachAll();
  child_.Eval("send_to('HTTP/1.1 500 Oops')");
  ExpectCounts(0, 0, 0);
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  child_.Eval("send_to('HTTP/1.1 500 Oops')");
  ExpectCounts(1, 0, 1);
}

}  // namespace
}  // namespace haldane::agent
