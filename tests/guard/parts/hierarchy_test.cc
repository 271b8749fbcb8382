#include "guard/cgroup/hierarchy.h"

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace haldane::guard {
namespace {

using ::haldane::testing::StatusIs;
using ::testing::HasSubstr;

TEST(ParseMounts, FindsVersion2BesideVersion1) {
  const auto found = ParseMounts(
      "24 23 0:21 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
      "25 24 0:22 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
      "26 24 0:23 / /sys/fs/cgroup/my\\040memory rw shared:4 - cgroup cgroup rw,memory\n"
      "27 24 0:24 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->unified, "/sys/fs/cgroup/unified");
  EXPECT_EQ(found->v1.at("memory"), "/sys/fs/cgroup/my memory");
  EXPECT_EQ(found->WhoLimits("cpu"), "v1");
  EXPECT_EQ(found->WhoLimits("pids"), "none");
}

TEST(ParseMounts, PrefersVersion2ForWhatItHas) {
  auto found = ParseMounts("27 24 0:24 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  ASSERT_TRUE(found.ok());
  found->v2_controllers = "cpuset cpu memory";
  EXPECT_EQ(found->WhoLimits("cpu"), "v2");
  EXPECT_EQ(found->WhoLimits("pids"), "none");
}

TEST(ParseMounts, SaysHowToMountWhatIsMissing) {
  EXPECT_THAT(ParseMounts("25 24 0:22 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("mount -t cgroup2")));
  // A part of the tree does not tell where our group stands.
  EXPECT_FALSE(ParseMounts("27 24 0:24 /user.slice /x rw - cgroup2 cgroup2 rw\n").ok());
  EXPECT_FALSE(ParseMounts("nonsense\n").ok());
}

}  // namespace
}  // namespace haldane::guard
