#include "agent/kernel/compatibility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
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

// Runs `body` in a process of its own; its exit status.
template <typename Body>
int InAnotherProcess(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

// The same, as an ordinary user.
template <typename Body>
int AsOrdinaryUser(Body body) {
  return InAnotherProcess([&] {
    constexpr uid_t kNobody = 65534;
    if (geteuid() == 0 && setuid(kNobody) != 0) _exit(2);
    body();
  });
}

void GiveUp(int capability) {
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct sets[2] = {};
  ASSERT_EQ(syscall(SYS_capget, &header, sets), 0);
  sets[capability / 32].effective &= ~(1u << (capability % 32));
  sets[capability / 32].permitted &= ~(1u << (capability % 32));
  ASSERT_EQ(syscall(SYS_capset, &header, sets), 0);
}

// In this process's own view of the machine nothing is mounted there any more, but
// something else.
void Hide(const char* path, const char* type) {
  ASSERT_EQ(unshare(CLONE_NEWNS), 0);
  ASSERT_EQ(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  if (type == nullptr) {
    ASSERT_EQ(mount("/dev/null", path, nullptr, MS_BIND, nullptr), 0);
  } else {
    ASSERT_EQ(mount("none", path, type, 0, nullptr), 0);
  }
}

// What a host says that lacks something.
struct Told {
  Compatibility::Profile profile;
  std::map<std::string, std::string> remedies;
};
Told Tell() {
  const Compatibility compatibility = ProbeCompatibility();
  Told told{compatibility.profile(), {}};
  for (const auto& missing : compatibility.missing()) {
    EXPECT_FALSE(missing.reason().empty()) << missing.capability();
    told.remedies[missing.capability()] = missing.remedy();
  }
  return told;
}

bool IsFull() { return geteuid() == 0 && Tell().profile == Compatibility::PROFILE_FULL; }

TEST(CompatibilityTest, WithoutTracefsResponsesAreMissingAndNothingElse) {
  if (!IsFull()) GTEST_SKIP() << "SKIPPED: this kernel or user cannot count everything to begin with";
  EXPECT_EQ(InAnotherProcess([] {
              Hide("/sys/kernel/tracing", "tmpfs");
              (void)mount("none", "/sys/kernel/debug", "tmpfs", 0, nullptr);
              GiveUp(CAP_SYS_ADMIN);  // else the agent mounts it itself
              const Told told = Tell();
              EXPECT_EQ(told.profile, Compatibility::PROFILE_REDUCED);
              EXPECT_EQ(told.remedies.count("syscall_tracepoints"), 1u);
              EXPECT_EQ(told.remedies.count("uprobe"), 0u);
              const auto counters = ProcessCounters::Create();
              ASSERT_TRUE(counters.ok()) << counters.status();
              EXPECT_TRUE((*counters)->AttachRaise("ruby", RubyLibrary(), ProbeByName()).ok());
            }),
            0);
}

TEST(CompatibilityTest, WithoutTypeInformationNothingCanBeHad) {
  if (!IsFull()) GTEST_SKIP() << "SKIPPED: this kernel or user cannot count everything to begin with";
  EXPECT_EQ(InAnotherProcess([] {
              Hide("/sys/kernel/btf/vmlinux", nullptr);
              const Told told = Tell();
              EXPECT_EQ(told.profile, Compatibility::PROFILE_DISABLED);
              EXPECT_THAT(told.remedies.at("btf"), HasSubstr("CONFIG_DEBUG_INFO_BTF"));
              EXPECT_FALSE(ProcessCounters::Create().ok());
            }),
            0);
}

TEST(CompatibilityTest, WithoutTheRightToMeasureItIsSaidThatNothingIsShed) {
  if (!IsFull()) GTEST_SKIP() << "SKIPPED: this kernel or user cannot count everything to begin with";
  EXPECT_EQ(InAnotherProcess([] {
              GiveUp(CAP_SYS_ADMIN);
              const Told told = Tell();
              EXPECT_EQ(told.profile, Compatibility::PROFILE_REDUCED);
              EXPECT_THAT(told.remedies.at("run_time_statistics"), HasSubstr("kernel.bpf_stats_enabled"));
            }),
            0);
}

TEST(CompatibilityTest, WithoutTheRightToReadProcessesItIsSaidWhoIsNotFound) {
  if (!IsFull()) GTEST_SKIP() << "SKIPPED: this kernel or user cannot count everything to begin with";
  EXPECT_EQ(InAnotherProcess([] {
              GiveUp(CAP_SYS_PTRACE);
              const Told told = Tell();
              EXPECT_EQ(told.profile, Compatibility::PROFILE_REDUCED);
              EXPECT_THAT(told.remedies.at("process_memory"), HasSubstr("CAP_SYS_PTRACE"));
            }),
            0);
}

TEST(CompatibilityTest, WithoutPrivilegesNothingCanBeHadAndEveryRemedySaysSo) {
  EXPECT_EQ(AsOrdinaryUser([] {
              const Told told = Tell();
              EXPECT_EQ(told.profile, Compatibility::PROFILE_DISABLED);
              EXPECT_THAT(told.remedies.at("process_lifecycle"), HasSubstr("CAP_BPF"));
              EXPECT_THAT(told.remedies.at("uprobe"), HasSubstr("CAP_PERFMON"));
              EXPECT_THAT(told.remedies.at("syscall_tracepoints"), HasSubstr("root"));
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
