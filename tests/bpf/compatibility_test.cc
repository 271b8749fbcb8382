#include "agent/kernel/compatibility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <string>

#include "tests/bpf/counters_test.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::StatusIs;
using ::haldane::v1::Compatibility;
using ::testing::_;
using ::testing::HasSubstr;

TEST(CompatibilityTest, WhatIsSaidToBeThereIsThere) {
  if (geteuid() != 0) GTEST_SKIP() << "SKIPPED: loading BPF programs needs root";
  const Compatibility compatibility = ProbeCompatibility();
  utsname kernel;
  ASSERT_EQ(uname(&kernel), 0);
  EXPECT_EQ(compatibility.kernel_release(), kernel.release);
  EXPECT_EQ(compatibility.profile() == Compatibility::PROFILE_FULL, compatibility.missing_size() == 0)
      << compatibility.DebugString();
  for (const auto& missing : compatibility.missing()) {
    EXPECT_FALSE(missing.reason().empty()) << missing.capability();
    EXPECT_FALSE(missing.remedy().empty()) << missing.capability();
  }
  if (compatibility.profile() != Compatibility::PROFILE_FULL) return;
  const auto counters = ProcessCounters::Create();
  ASSERT_TRUE(counters.ok()) << counters.status();
  EXPECT_TRUE((*counters)->AttachKernelHooks().ok());
  EXPECT_TRUE((*counters)->AttachRaise("ruby", RubyLibrary(), ProbeByName()).ok());
}

// Runs `body` in a process of an ordinary user; its exit status.
template <typename Body>
int AsOrdinaryUser(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (geteuid() == 0 && setuid(kNobody) != 0) _exit(2);
    body();
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

TEST(CompatibilityTest, WithoutPrivilegesNothingCanBeHadAndEveryRemedySaysSo) {
  EXPECT_EQ(AsOrdinaryUser([] {
              const Compatibility compatibility = ProbeCompatibility();
              EXPECT_EQ(compatibility.profile(), Compatibility::PROFILE_DISABLED);
              std::map<std::string, std::string> remedies;
              for (const auto& missing : compatibility.missing())
                remedies[missing.capability()] = missing.remedy();
              EXPECT_THAT(remedies["process_lifecycle"], HasSubstr("CAP_BPF"));
              EXPECT_THAT(remedies["uprobe"], HasSubstr("CAP_PERFMON"));
              EXPECT_THAT(remedies["syscall_tracepoints"], HasSubstr("root"));
            }),
            0);
}

TEST(CompatibilityTest, LoadingWithoutPrivilegesFailsWithARemedy) {
  EXPECT_EQ(AsOrdinaryUser([] {
              const auto counters = ProcessCounters::Create();
              EXPECT_THAT(counters, StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("CAP_BPF")));
            }),
            0);
}

}  // namespace
}  // namespace haldane::agent
