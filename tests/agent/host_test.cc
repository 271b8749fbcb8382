#include "agent/host.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace haldane::agent {
namespace {

TEST(HostTest, ReadsTheBootIdentity) {
  const auto id = ReadBootId("/proc");
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(id->size(), 36u);
  EXPECT_EQ(*id, *ReadBootId("/proc"));
}

TEST(HostTest, RefusesWhatIsNoBootIdentity) {
  std::string folder = absl::StrCat(::testing::TempDir(), "/procXXXXXX");
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  EXPECT_TRUE(absl::IsNotFound(ReadBootId(folder).status()));
  std::filesystem::create_directories(folder + "/sys/kernel/random");
  std::ofstream(folder + "/sys/kernel/random/boot_id") << "not one\n";
  EXPECT_FALSE(ReadBootId(folder).ok());
  std::filesystem::remove_all(folder);
}

TEST(HostTest, EpochsDiffer) {
  EXPECT_NE(DrawEpoch().value(), 0u);
  EXPECT_NE(DrawEpoch().value(), DrawEpoch().value());
}

TEST(HostTest, TimeSinceBootIsWhatProcSays) {
  double uptime = 0;
  std::ifstream("/proc/uptime") >> uptime;
  EXPECT_NEAR(absl::ToDoubleSeconds(BootClock().Monotonic()), uptime, 5);
}

}  // namespace
}  // namespace haldane::agent
