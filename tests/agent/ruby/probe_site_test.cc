#include "agent/ruby/probe_site.h"

#include "agent/ruby/control_flow.h"
#include "gtest/gtest.h"

namespace haldane::agent {
namespace {

TEST(KernelEmulates, PushNopCallJumpAndBranchOnly) {
  for (const char* code : {"\x55", "\x41\x56", "\x90", "\xe8\x01\x02\x03\x04", "\xe9\x01\x02\x03\x04",
                           "\xeb\x01", "\x74\x01", "\x0f\x84\x01\x02\x03\x04"}) {
    EXPECT_TRUE(KernelEmulates(code)) << code;
  }
  // sub rsp, mov, endbr64, test, ret, nop5, callw, push by a segment, rep nop.
  for (const char* code : {"\x48\x83\xec\x08", "\xba\x01", "\xf3\x0f\x1e\xfa", "\x48\x85\xc0", "\xc3",
                           "\x0f\x1f\x44", "\x66\xe8", "\x0f\xa0", "\xf3\x90", ""}) {
    EXPECT_FALSE(KernelEmulates(code)) << code;
  }
}

TEST(ControlFlow, IsNotAFault) {
  for (const char* name :
       {"StopIteration", "SystemExit", "LoadError", "IO::EAGAINWaitReadable", "UncaughtThrowError"}) {
    EXPECT_TRUE(IsControlFlow(name)) << name;
  }
  for (const char* name :
       {"", "StandardError", "NoMethodError", "Timeout::Error", "Errno::ENOENT", "Shop::LoadError"}) {
    EXPECT_FALSE(IsControlFlow(name)) << name;
  }
}

}  // namespace
}  // namespace haldane::agent
