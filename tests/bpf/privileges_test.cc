// What the agent can still do, and not do, once it has given up its privileges.
#include "agent/privileges.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "agent/budget/governor.h"
#include "agent/discovery/process_finder.h"
#include "tests/bpf/counters_test.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;

using PrivilegesTest = CountersTest;

// Runs `act` in a child that has dropped its privileges; what it returns.
int AfterDropping(const std::function<int()>& act) {
  const pid_t child = fork();
  if (child == 0) _exit(DropPrivileges().ok() ? act() : 99);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

TEST_F(PrivilegesTest, ProbesAreStillAttachedCountedAndMeasured) {
  RubyChild child;
  child.Eval("1");
  EXPECT_EQ(AfterDropping([&] {
              if (counters_ == nullptr) return 1;
              if (!counters_->Watch(child.pid(), child.start_ns()).ok()) return 2;
              if (!counters_->AttachKernelHooks().ok()) return 3;
              if (!counters_->AttachRaise("ruby", RubyLibrary(), ProbeByName()).ok()) return 4;
              child.Eval("raise_times(ArgumentError, 30)");
              if (ReadOf(child.pid()).exceptions != 30) return 5;
              ProcessFinder finder("/proc", {}, {});
              finder.Scan();
              if (!finder.CheckBreakpoints(child.pid(), child.start_ns(), ProbeByName()).ok()) return 6;
              MachineMeter meter;
              meter.Measure(true);
              return meter.is_measuring() ? 0 : 7;
            }),
            0);
}

TEST_F(PrivilegesTest, TheRestIsGone) {
  const std::string file = ::testing::TempDir() + "/of-somebody-else";
  close(open(file.c_str(), O_CREAT | O_WRONLY, 0600));
  ASSERT_EQ(chown(file.c_str(), 12345, 12345), 0);
  EXPECT_EQ(AfterDropping([&] {
              if (chown(file.c_str(), 0, 0) == 0) return 1;      // CAP_CHOWN
              if (open(file.c_str(), O_WRONLY) >= 0) return 2;   // CAP_DAC_OVERRIDE
              if (setuid(12345) == 0) return 3;                  // CAP_SETUID
              return open(file.c_str(), O_RDONLY) >= 0 ? 0 : 4;  // CAP_DAC_READ_SEARCH stays
            }),
            0);
  unlink(file.c_str());
}

}  // namespace
}  // namespace haldane::agent
