// Which failed system calls are counted, and as what.
#include <gmock/gmock.h>

#include <array>
#include <string>

#include "tests/bpf/counters_test.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;
using ::testing::ElementsAre;

class SysErrorTest : public CountersTest {
 protected:
  void SetUp() override {
    CountersTest::SetUp();
    if (counters_ == nullptr) return;
    // Without warnings, exceptions or memory of its own between one call and the next.
    child_.Eval(
        "$VERBOSE = nil; def call(times, *arguments); times.times { begin; syscall(*arguments); "
        "rescue SystemCallError; end }; nil; end");
    child_.Eval("call(1, 3, 9999)");
    ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
    Watch(child_);
  }

  // By class: network, files, resources, permission, other.
  std::array<uint64_t, HALDANE_SYS_ERROR_CLASSES> Errors() { return ReadOf(child_.pid()).counts.sys_errors; }

  RubyChild child_;
};

TEST_F(SysErrorTest, EachClassIsCountedExactly) {
  child_.Eval("call(10, 50, 0, 1)");                       // listen on a pipe: ENOTSOCK
  child_.Eval("call(20, 3, 9999)");                        // close: EBADF
  child_.Eval("call(30, 9, 0, 1 << 62, 0, 0x22, -1, 0)");  // mmap of too much: ENOMEM
  child_.Eval("call(1, 112); call(40, 112)");              // setsid of a leader: EPERM
  child_.Eval("call(50, 292, 0, 0, 0)");                   // dup3 to itself: EINVAL
  const auto errors = Errors();
  EXPECT_EQ(errors[HALDANE_SYS_ERROR_NETWORK], 10u);
  EXPECT_EQ(errors[HALDANE_SYS_ERROR_FILES], 20u);
  EXPECT_EQ(errors[HALDANE_SYS_ERROR_RESOURCES], 30u);
  EXPECT_EQ(errors[HALDANE_SYS_ERROR_PERMISSION], 40u);
  EXPECT_EQ(errors[HALDANE_SYS_ERROR_OTHER], 50u);
}

TEST_F(SysErrorTest, WhatIsOrdinaryIsNotCounted) {
  child_.Eval("9.times { File.open('/nonexistent') rescue nil }");
  child_.Eval("9.times { File.exist?('/nonexistent/file') }");
  child_.Eval("9.times { File.readlink('/tmp') rescue nil }");
  child_.Eval("9.times { $stdin.read_nonblock(1, exception: false) }");
  child_.Eval("9.times { $stdin.isatty; $stdin.seek(0) rescue nil }");
  child_.Eval("9.times { Dir.mkdir('/tmp') rescue nil }");
  child_.Eval("9.times { Process.wait rescue nil; Process.kill(0, 4_000_000) rescue nil }");
  child_.Eval("call(9, 999)");  // ENOSYS
  EXPECT_THAT(Errors(), ElementsAre(0, 0, 0, 0, 0));
}

TEST_F(SysErrorTest, AnErrorIsOrdinaryOnlyOfItsOwnCall) {
  child_.Eval("require 'socket'");
  const auto before = Errors();
  child_.Eval("5.times { begin; UNIXSocket.new('/nonexistent'); rescue SystemCallError; end }");
  EXPECT_EQ(Errors()[HALDANE_SYS_ERROR_FILES], before[HALDANE_SYS_ERROR_FILES] + 5);
}

TEST_F(SysErrorTest, SuccessfulCallsAndOtherProcessesAreNotCounted) {
  RubyChild other;
  other.Eval("100.times { begin; syscall(3, 9999); rescue SystemCallError; end }");
  child_.Eval("100.times { Process.getpgid(0) }");
  EXPECT_THAT(Errors(), ElementsAre(0, 0, 0, 0, 0));
}

TEST_F(SysErrorTest, TheGroupCanBeShedAndTellsSo) {
  ProbeGroup* group = Group("sys_errors");
  EXPECT_TRUE(group->attached());
  EXPECT_TRUE(group->Gaps().empty());
  group->Detach(haldane::v1::SignalGap::CAUSE_SHED, "too dear");
  EXPECT_FALSE(group->attached());
  child_.Eval("call(5, 3, 9999)");
  EXPECT_EQ(Errors()[HALDANE_SYS_ERROR_FILES], 0u);
  ASSERT_EQ(group->Gaps().size(), 1u);
  EXPECT_EQ(group->Gaps()[0].signal(), "sys.errors");
  EXPECT_EQ(group->Gaps()[0].cause(), haldane::v1::SignalGap::CAUSE_SHED);
  EXPECT_EQ(group->Gaps()[0].detail(), "too dear");
  EXPECT_TRUE(Group("responses")->attached());
  ASSERT_THAT(group->Attach(), IsOk());
  child_.Eval("call(5, 3, 9999)");
  EXPECT_EQ(Errors()[HALDANE_SYS_ERROR_FILES], 5u);
}

}  // namespace
}  // namespace haldane::agent
