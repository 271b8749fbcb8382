#include "benchmarks/verdicts/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace haldane::benchmarks {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<Arguments> Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "bench-verdicts");
  return ParseArguments(static_cast<int>(arguments.size()), arguments.data());
}

std::string ErrorOf(const std::vector<const char*>& arguments) {
  return std::string(Parse(arguments).status().message());
}

TEST(ArgumentsTest, TakesAllOptions) {
  const auto arguments =
      Parse({"--quick", "--runs", "7", "--threads", "3", "--json", "a", "--markdown", "b", "--kept", "c"});
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  EXPECT_TRUE(arguments->quick);
  EXPECT_EQ(arguments->runs, 7);
  EXPECT_EQ(arguments->threads, 3);
  EXPECT_EQ(arguments->json, "a");
  EXPECT_EQ(arguments->markdown, "b");
  EXPECT_EQ(arguments->kept, "c");
}

TEST(ArgumentsTest, ErrorsNameTheArgument) {
  EXPECT_THAT(ErrorOf({"--run", "7"}), HasSubstr("unknown argument \"--run\""));
  EXPECT_THAT(ErrorOf({"--runs"}), HasSubstr("--runs takes a value"));
  EXPECT_THAT(ErrorOf({"--runs", "0"}), HasSubstr("--runs takes a whole number from 1"));
  EXPECT_THAT(ErrorOf({"--threads", "two"}), HasSubstr("not \"two\""));
}

}  // namespace
}  // namespace haldane::benchmarks
