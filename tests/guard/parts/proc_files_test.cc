#include "guard/attribution/proc_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace haldane::guard {
namespace {

std::string Words(std::initializer_list<const char*> words) {
  std::string joined;
  for (const char* word : words) joined.append(word).push_back('\0');
  return joined;
}

TEST(ScriptOfArguments, KnowsTheScriptOrNothing) {
  EXPECT_EQ(ScriptOfArguments(Words({"bash", "deploy.sh", "x"})), "deploy.sh");
  EXPECT_EQ(ScriptOfArguments(Words({"/bin/bash", "-eu", "/a/deploy.sh"})), "/a/deploy.sh");
  EXPECT_EQ(ScriptOfArguments(Words({"ruby", "-w", "deploy.rb"})), "deploy.rb");
  // The value of an option must not be taken for it.
  EXPECT_EQ(ScriptOfArguments(Words({"bash", "-o", "pipefail", "deploy.sh"})), "");
  EXPECT_EQ(ScriptOfArguments(Words({"python3", "-", "--password", "hunter2"})), "");
  EXPECT_EQ(ScriptOfArguments(Words({"bash", "-c", "echo"})), "");
  EXPECT_EQ(ScriptOfArguments(Words({"curl", "http://a"})), "");
  EXPECT_EQ(ScriptOfArguments(""), "");
}

TEST(JoinArguments, KeepsNoEndAndCuts) {
  EXPECT_EQ(JoinArguments(Words({"a", "b c", ""}), 100), "a b c ");
  EXPECT_EQ(JoinArguments(Words({"abc", "def"}), 5), "abc d");
}

TEST(ReadProcess, ReadsItself) {
  const auto self = ReadProcess("/proc", static_cast<uint32_t>(getpid()));
  ASSERT_TRUE(self.has_value());
  EXPECT_EQ(self->parent, static_cast<uint32_t>(getppid()));
  EXPECT_GT(self->start_ns, 0u);
  EXPECT_FALSE(ReadProcess("/proc", 4000000000u).has_value());
}

}  // namespace
}  // namespace haldane::guard
