// Classes that are known by their address only, when the collector moves them.
#include <gmock/gmock.h>

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/bpf/unpacked_ruby.h"
#include "tests/bpf/whole_agent.h"

namespace haldane::agent {
namespace {

using ClassCountsTest = WholeAgentTest;

TEST_F(ClassCountsTest, ClassesThatAreMovedKeepTheirNamesAndCounts) {
  const std::string trixie = UnpackedRuby("trixie", {});
  if (trixie.empty()) GTEST_SKIP() << "SKIPPED: " << WhyNoRuby();
  ChildProcess ruby = StartRuby(trixie);
  UntilCounted(ruby);
  EXPECT_EQ(Known(ruby).exception_source(), haldane::v1::PROBE_SOURCE_SYMBOL);
  ASSERT_EQ(
      Eval(&ruby, "module Shop; end; 30.times { |i| Shop.const_set(\"E#{i}\", Class.new(StandardError)) }"),
      "30");
  const auto raise_all = [&](int times) {
    Eval(&ruby, absl::StrCat("30.times { |i| raise_times(Shop.const_get(\"E#{i}\"), ", times, ") }"));
  };
  raise_all(3);
  EXPECT_EQ(ExceptionsOf(ruby, 90), 90u);
  // Everything that can be moved is.
  ASSERT_EQ(Eval(&ruby, "GC.verify_compaction_references(toward: :empty, expand_heap: true); 1"), "1");
  raise_all(2);
  EXPECT_EQ(ExceptionsOf(ruby, 150), 150u);
  const haldane::v1::Counters counters = Known(ruby).counters();
  std::map<std::string, uint64_t> classes;
  for (const haldane::v1::ClassCount& entry : counters.classes()) {
    classes[entry.name()] = entry.count();
  }
  EXPECT_EQ(classes.size(), 30u);
  for (int i = 0; i < 30; ++i) EXPECT_EQ(classes[absl::StrCat("Shop::E", i)], 5u) << i;
  EXPECT_EQ(counters.exceptions_other(), 0u);
}

}  // namespace
}  // namespace haldane::agent
