#include "agent/process_totals.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace haldane::agent {
namespace {

std::string Nameless(uint64_t) { return ""; }

uint64_t CountOf(const ProcessTotals& totals, const std::string& name) {
  const haldane::v1::Counters counters = totals.ToProto();
  for (const haldane::v1::ClassCount& entry : counters.classes()) {
    if (entry.name() == name) return entry.count();
  }
  return 0;
}

TEST(ProcessTotalsTest, JoinsClassesKnownByNameAndByAddress) {
  ProcessTotals totals;
  ProcessReading reading;
  reading.exceptions = 10;
  reading.exceptions_other = 1;
  reading.classes = {{"KeyError", 2}};
  reading.klasses = {{.klass = 0x10, .image = 0, .count = 3}, {.klass = 0x20, .image = 0, .count = 4}};
  EXPECT_TRUE(totals.Add(reading, [](uint64_t klass) { return klass == 0x10 ? "KeyError" : "IOError"; }));
  EXPECT_EQ(CountOf(totals, "KeyError"), 5u);
  EXPECT_EQ(CountOf(totals, "IOError"), 4u);
  EXPECT_EQ(totals.ToProto().classes(0).name(), "KeyError");  // largest first
  EXPECT_EQ(totals.ToProto().exceptions_other(), 1u);
  EXPECT_FALSE(totals.Add(reading, Nameless));
}

TEST(ProcessTotalsTest, AClassThatMovedInMemoryIsOneClass) {
  ProcessTotals totals;
  ProcessReading reading;
  reading.exceptions = 3;
  reading.klasses = {{.klass = 0x10, .image = 0, .count = 3}};
  const auto namer = [](uint64_t) { return "KeyError"; };
  totals.Add(reading, namer);
  reading.exceptions = 5;
  reading.klasses.push_back({.klass = 0x999, .image = 0, .count = 2});
  totals.Add(reading, namer);
  EXPECT_EQ(totals.ToProto().classes_size(), 1);
  EXPECT_EQ(CountOf(totals, "KeyError"), 5u);
}

TEST(ProcessTotalsTest, AClassNamedLateKeepsWhatWasUnknownAmongTheOthers) {
  ProcessTotals totals;
  ProcessReading reading;
  reading.exceptions = 3;
  reading.klasses = {{.klass = 0x10, .image = 0, .count = 3}};
  totals.Add(reading, Nameless);
  EXPECT_EQ(totals.ToProto().exceptions_other(), 3u);
  reading.exceptions = 4;
  reading.klasses[0].count = 4;
  totals.Add(reading, [](uint64_t) { return "KeyError"; });
  EXPECT_EQ(totals.ToProto().exceptions_other(), 3u);  // no total ever falls
  EXPECT_EQ(CountOf(totals, "KeyError"), 1u);
}

TEST(ProcessTotalsTest, AnAddressMeansNothingAfterExec) {
  ProcessTotals totals;
  ProcessReading reading;
  reading.exceptions = 2;
  reading.klasses = {{.klass = 0x10, .image = 0, .count = 2}};
  totals.Add(reading, [](uint64_t) { return "Old"; });
  reading.execs = 1;
  reading.exceptions = 6;
  reading.klasses = {{.klass = 0x10, .image = 0, .count = 3}, {.klass = 0x10, .image = 1, .count = 3}};
  totals.Add(reading, [](uint64_t) { return "New"; });
  EXPECT_EQ(CountOf(totals, "Old"), 2u);
  EXPECT_EQ(CountOf(totals, "New"), 3u);
  EXPECT_EQ(totals.ToProto().exceptions_other(), 1u);  // raised by the old image, after it was last read
}

TEST(ProcessTotalsTest, AForkKnowsItsParentsNames) {
  ProcessTotals parent, child;
  ProcessReading reading;
  reading.exceptions = 1;
  reading.klasses = {{.klass = 0x10, .image = 0, .count = 1}};
  parent.Add(reading, [](uint64_t) { return "KeyError"; });
  child.InheritNames(parent);
  reading.exited = true;
  child.Add(reading, Nameless);
  EXPECT_EQ(CountOf(child, "KeyError"), 1u);
}

TEST(ProcessTotalsTest, CountsControlFlowApart) {
  ProcessTotals totals;
  ProcessReading reading;
  reading.exceptions = 5;
  reading.classes = {{"StopIteration", 4}, {"KeyError", 1}};
  totals.Add(reading, Nameless);
  EXPECT_EQ(totals.ToProto().exceptions_control_flow(), 4u);
  EXPECT_EQ(totals.ToProto().exceptions(), 5u);
}

TEST(ProcessTotalsTest, KeepsSixtyFourClassesAndAddsTheRestToTheOthers) {
  ProcessTotals totals;
  ProcessReading reading;
  reading.exceptions = 70;
  for (int i = 0; i < 70; ++i) reading.classes.emplace_back(absl::StrCat("E", i), 1);
  totals.Add(reading, Nameless);
  EXPECT_EQ(totals.ToProto().classes_size(), 64);
  EXPECT_EQ(totals.ToProto().exceptions_other(), 6u);

  // A class beyond keeps its place there, however large it grows.
  reading.exceptions = 1069;
  reading.classes.back().second = 1000;
  totals.Add(reading, Nameless);
  EXPECT_EQ(totals.ToProto().classes_size(), 64);
  EXPECT_EQ(totals.ToProto().exceptions_other(), 1005u);
}

TEST(ProcessTotalsTest, AnonymousClassesShareOnePlace) {
  ProcessTotals totals;
  ProcessReading reading;
  reading.exceptions = 200;
  for (int i = 0; i < 100; ++i) reading.classes.emplace_back(absl::StrCat("#<Class:0x0000", i, ">"), 2);
  totals.Add(reading, Nameless);
  EXPECT_EQ(CountOf(totals, "(anonymous class)"), 200u);
  EXPECT_EQ(totals.ToProto().exceptions_other(), 0u);
}

TEST(ProcessTotalsTest, TotalsGoOnWhenTheKernelsRestart) {
  ProcessTotals totals;
  ProcessReading reading;
  reading.http_requests = 10;
  reading.exceptions = 2;
  reading.classes = {{"KeyError", 2}};
  totals.Add(reading, Nameless);
  totals.Restart();
  totals.Add(reading, Nameless);
  EXPECT_EQ(totals.ToProto().http_requests(), 20u);
  EXPECT_EQ(CountOf(totals, "KeyError"), 4u);
}

// The controller refuses a report in which a part exceeds its whole.
TEST(ProcessTotalsTest, NoPartExceedsItsWholeThoughItWasReadLater) {
  ProcessTotals totals;
  ProcessReading reading;
  reading.http_requests = 3;
  reading.http_4xx = 2;
  reading.http_5xx = 2;
  reading.exceptions = 1;
  reading.classes = {{"StopIteration", 2}};
  totals.Add(reading, Nameless);
  EXPECT_EQ(totals.ToProto().http_requests(), 4u);
  EXPECT_EQ(totals.ToProto().exceptions(), 2u);
}

TEST(ProcessTotalsTest, NamesAreFitForTheWireWhateverTheProcessHolds) {
  ProcessTotals totals;
  ProcessReading reading;
  reading.exceptions = 3;
  reading.classes = {
      {"Caf\xC3\xA9::Error", 1}, {"bad\xFF\n\x01name", 1}, {std::string(119, 'x') + "\xC3\xA9", 1}};
  totals.Add(reading, Nameless);
  EXPECT_EQ(CountOf(totals, "Caf\xC3\xA9::Error"), 1u);
  EXPECT_EQ(CountOf(totals, "bad???name"), 1u);
  EXPECT_EQ(CountOf(totals, std::string(119, 'x')), 1u);
}

}  // namespace
}  // namespace haldane::agent
