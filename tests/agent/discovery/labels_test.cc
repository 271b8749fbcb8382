#include "agent/discovery/labels.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/elf_file_fixture.h"

namespace haldane::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using Source = LabelRule::Source;

TEST(CgroupName, IsTheLastComponentOfTheUnifiedPath) {
  EXPECT_EQ(CgroupName("0::/system.slice/web.service\n"), "web.service");
  EXPECT_EQ(CgroupName("12:memory:/a/old\n0::/kubepods/pod1/cri-containerd-abc.scope\n"),
            "cri-containerd-abc.scope");
  EXPECT_EQ(CgroupName("12:memory:/docker/0123abcd\n11:cpu,cpuacct:/docker/0123abcd\n0::/\n"), "0123abcd");
  EXPECT_EQ(CgroupName("1:name=systemd:/a:b/c:d\n"), "c:d");
  EXPECT_EQ(CgroupName("0::/gone (deleted)\n"), "gone");
  for (const char* text : {"", "0::/\n", "garbage", "::", "0:", "\n\n\n"})
    EXPECT_EQ(CgroupName(text), "") << text;
}

// A folder as /proc/PID, with a working directory below it.
class Labels : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_.Path("42/cwd/config"));
    folder_.Write("42/environ", std::string("A=first\0B=\0HALDANE_REVISION=abc\0A=second\0NOEQUALS\0", 50));
    folder_.Write("42/cgroup", "0::/web.slice/shop.service\n");
  }

  std::vector<std::pair<std::string, std::string>> Evaluate(const LabelRule& rule) {
    const std::string process = folder_.Path("42");
    ProcessEnvironment environment(process, 0x3fffffff);
    return EvaluateLabels({rule}, process, &environment);
  }
  std::vector<std::pair<std::string, std::string>> OfFile(const std::string& name) {
    return Evaluate({"l", Source::kFile, name});
  }

  TemporaryFolder folder_;
};

TEST_F(Labels, ComeFromEachSource) {
  EXPECT_THAT(Evaluate({"region", Source::kValue, "eu"}), ElementsAre(Pair("region", "eu")));
  EXPECT_THAT(Evaluate({"revision", Source::kEnvironment, "HALDANE_REVISION"}),
              ElementsAre(Pair("revision", "abc")));
  EXPECT_THAT(Evaluate({"container", Source::kCgroup, ""}), ElementsAre(Pair("container", "shop.service")));
  folder_.Write("42/cwd/REVISION", "  def456 \nsecond line\n");
  EXPECT_THAT(OfFile("REVISION"), ElementsAre(Pair("l", "def456")));
  folder_.Write("42/cwd/config/REVISION", "0a1b2c");
  EXPECT_THAT(OfFile("config/REVISION"), ElementsAre(Pair("l", "0a1b2c")));
}

TEST_F(Labels, AreLeftOutWhenTheirSourceIsMissingOrEmpty) {
  EXPECT_THAT(Evaluate({"l", Source::kEnvironment, "MISSING"}), IsEmpty());
  EXPECT_THAT(Evaluate({"l", Source::kEnvironment, "B"}), IsEmpty());
  EXPECT_THAT(OfFile("REVISION"), IsEmpty());
  folder_.Write("42/cwd/REVISION", "\nsecond line");
  EXPECT_THAT(OfFile("REVISION"), IsEmpty());
}

TEST_F(Labels, TheFirstOfARepeatedVariableCounts) {
  EXPECT_THAT(Evaluate({"l", Source::kEnvironment, "A"}), ElementsAre(Pair("l", "first")));
}

// The agent may read everything; a process must not make it publish a file that
// the process itself may not read.
TEST_F(Labels, NoLinkLeadsOutOfTheWorkingDirectory) {
  const std::string secret = folder_.Write("secret", "password");
  std::filesystem::create_symlink(secret, folder_.Path("42/cwd/REVISION"));
  EXPECT_THAT(OfFile("REVISION"), IsEmpty());
  std::filesystem::create_symlink("../../secret", folder_.Path("42/cwd/relative"));
  EXPECT_THAT(OfFile("relative"), IsEmpty());
  std::filesystem::create_directory_symlink("/", folder_.Path("42/cwd/root"));
  EXPECT_THAT(OfFile("root/etc/hostname"), IsEmpty());
  folder_.Write("42/cwd/inside", "v1");
  std::filesystem::create_symlink("inside", folder_.Path("42/cwd/link"));
  EXPECT_THAT(OfFile("link"), ElementsAre(Pair("l", "v1")));
}

TEST_F(Labels, WhatIsNoFileIsNeitherReadNorWaitedFor) {
  ASSERT_EQ(mkfifo(folder_.Path("42/cwd/REVISION").c_str(), 0600), 0);
  EXPECT_THAT(OfFile("REVISION"), IsEmpty());
  EXPECT_THAT(OfFile("config"), IsEmpty());
}

TEST_F(Labels, HostileValuesBecomeCleanText) {
  folder_.Write("42/cwd/REVISION", std::string("a\0b\x1b[2J\xff\xc3\xa9", 10));
  EXPECT_THAT(OfFile("REVISION"), ElementsAre(Pair("l", "a?b?[2J?é")));
  std::string accents;
  for (int i = 0; i < 200; ++i) accents += "é";
  folder_.Write("42/cwd/REVISION", "x" + accents);
  EXPECT_EQ(OfFile("REVISION")[0].second.size(), 255u);  // no character is cut
}

TEST_F(Labels, TheScopeAsksForEveryVariable) {
  ProcessEnvironment environment(folder_.Path("42"), 0x3fffffff);
  EXPECT_TRUE(IsInScope({}, &environment));
  EXPECT_TRUE(IsInScope({{{"A", "first"}, {"HALDANE_REVISION", "abc"}}}, &environment));
  EXPECT_FALSE(IsInScope({{{"A", "first"}, {"HALDANE_REVISION", "abd"}}}, &environment));
  EXPECT_FALSE(IsInScope({{{"MISSING", "x"}}}, &environment));
}

}  // namespace
}  // namespace haldane::agent
