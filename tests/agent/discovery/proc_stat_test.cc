#include "agent/discovery/proc_stat.h"

#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "gtest/gtest.h"

namespace haldane::agent {
namespace {

std::string StatWithName(absl::string_view name) {
  return absl::StrCat(
      "42 (", name,
      ") S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 287885 123456789 900 18446744073709551615 "
      "94000000000000 94000000001000 140720000000000 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n");
}

TEST(ProcStat, ACommandMayBeCalledAnything) {
  for (const char* name : {"ruby", "a b", "(a)", ") S 1 2 3", "a) R 9 (b", "\n) Z 1\n", "", ")"}) {
    const auto stat = ParseProcStat(StatWithName(name));
    ASSERT_TRUE(stat) << name;
    EXPECT_EQ(stat->state, 'S');
    EXPECT_EQ(stat->start_ns, 2878850000000u);
    EXPECT_EQ(stat->memory_bytes, 123456789u);
    EXPECT_EQ(stat->code_address, 94000000000000u);
    EXPECT_EQ(stat->stack_address, 140720000000000u);
  }
}

TEST(ProcStat, OtherTextIsRefused) {
  for (const std::string& text :
       {std::string(), std::string("42"), std::string("42 (ruby)"), std::string("42 (ruby) S"),
        StatWithName("x").substr(0, 60), std::string(4096, ')'), std::string(4096, ' ')}) {
    EXPECT_FALSE(ParseProcStat(text)) << text;
  }
  std::string huge = StatWithName("x");
  huge.replace(huge.find("287885"), 6, "18446744073709551615");  // overflows as nanoseconds
  EXPECT_FALSE(ParseProcStat(huge));
}

TEST(ProcStat, OneImageIsToldFromAnother) {
  const ProcStat stat = *ParseProcStat(StatWithName("x"));
  ProcStat other = stat;
  other.memory_bytes += 1;
  EXPECT_TRUE(stat.SameImage(other));
  other.code_address += 1;
  EXPECT_FALSE(stat.SameImage(other));
  other = stat;
  other.start_ns += 1;
  EXPECT_FALSE(stat.SameImage(other));
}

TEST(ProcStat, ReadsThisProcess) {
  const auto stat = ParseProcStat(*ReadFile("/proc/self/stat", 4096));
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->state, 'R');
  EXPECT_GT(stat->start_ns, 0u);
  EXPECT_EQ(stat->start_ns % 1000000, 0u);
}

}  // namespace
}  // namespace haldane::agent
