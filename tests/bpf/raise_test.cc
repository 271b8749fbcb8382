#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <string>

#include "agent/probe/raise_links.h"
#include "tests/bpf/counters_test.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;
using ::haldane::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

using RaiseTest = CountersTest;

TEST_F(RaiseTest, CountsEveryRaiseOnceByProcessAndClass) {
  RubyChild first, second, unwatched;
  Watch(first);
  Watch(second);
  AttachRaise(ProbeByName());
  first.Eval("raise_times(ArgumentError, 1000)");
  first.Eval("raise_times(IOError, 3)");
  second.Eval("raise_times(ArgumentError, 40)");
  unwatched.Eval("raise_times(ArgumentError, 500)");

  const ProcessReading of_first = ReadOf(first.pid());
  EXPECT_EQ(of_first.start_ns, first.start_ns());
  EXPECT_EQ(of_first.exceptions, 1003u);
  EXPECT_EQ(of_first.exceptions_other, 0u);
  EXPECT_THAT(of_first.classes, ::testing::ElementsAre(Pair("ArgumentError", 1000), Pair("IOError", 3)));
  const ProcessReading of_second = ReadOf(second.pid());
  EXPECT_EQ(of_second.exceptions, 40u);
  EXPECT_THAT(of_second.classes, ::testing::ElementsAre(Pair("ArgumentError", 40)));
  EXPECT_THAT(counters_->Read(), SizeIs(2));
  EXPECT_THAT(AllDrops(), IsEmpty());
}

TEST_F(RaiseTest, CountsNothingBeforeWatchAndNothingTwice) {
  RubyChild child;
  AttachRaise(ProbeByName());
  ASSERT_THAT(counters_->AttachRaise("ruby", RubyLibrary(), ProbeByName()), IsOk());
  child.Eval("raise_times(ArgumentError, 10)");
  Watch(child);
  Watch(child);
  child.Eval("raise_times(ArgumentError, 20)");
  EXPECT_EQ(ReadOf(child.pid()).exceptions, 20u);
}

TEST_F(RaiseTest, LosesNoRaiseOfThreadsThatRaiseTogether) {
  RubyChild child;
  Watch(child);
  AttachRaise(ProbeByName());
  child.Eval("raise_in_threads(KeyError, 8, 500)");
  const ProcessReading reading = ReadOf(child.pid());
  EXPECT_EQ(reading.exceptions, 4000u);
  EXPECT_THAT(ClassesOf(reading), UnorderedElementsAre(Pair("KeyError", 4000)));
}

TEST_F(RaiseTest, NamesAndAddressesOfClassesAgree) {
  RubyChild child;
  Watch(child);
  AttachRaise(ProbeByKlass());
  child.Eval("raise_times(ArgumentError, 100)");
  child.Eval("raise_times(IOError, 7)");
  const ProcessReading reading = ReadOf(child.pid());
  EXPECT_EQ(reading.exceptions, 107u);
  EXPECT_EQ(reading.exceptions_other, 0u);
  ASSERT_THAT(reading.klasses, SizeIs(2));
  EXPECT_EQ(reading.klasses[0].count, 100u);
  EXPECT_EQ(reading.klasses[1].count, 7u);
  // Ruby 3.1 shows a class's address to those who ask for it this way.
  const std::string address = child.Eval(
      "require 'objspace'; ObjectSpace.dump(ArgumentError)[/\"address\":\"0x([0-9a-f]+)\"/, 1].hex");
  EXPECT_EQ(std::to_string(reading.klasses[0].klass), address);
  EXPECT_EQ(reading.klasses[0].image, reading.execs);
}

TEST_F(RaiseTest, TakesTheExceptionFromRdiToo) {
  RubyChild child;
  Watch(child);
  AttachRaise(ProbeByKlassOfRaise());
  child.Eval("50.times { begin; Integer('z'); rescue ArgumentError; nil; end }");
  const ProcessReading reading = ReadOf(child.pid());
  EXPECT_EQ(reading.exceptions, 50u);
  ASSERT_THAT(reading.klasses, SizeIs(1));
  EXPECT_EQ(reading.klasses[0].count, 50u);
}

TEST_F(RaiseTest, WithoutAPayloadCountsClassesAsOther) {
  RaiseProbe probe = ProbeByName();
  probe.points[0].payload = ProbePoint::Payload::kNone;
  RubyChild child;
  Watch(child);
  AttachRaise(probe);
  child.Eval("raise_times(ArgumentError, 12)");
  const ProcessReading reading = ReadOf(child.pid());
  EXPECT_EQ(reading.exceptions, 12u);
  EXPECT_EQ(reading.exceptions_other, 12u);
  EXPECT_THAT(reading.classes, IsEmpty());
}

TEST_F(RaiseTest, PointsAttachedTogetherAddUp) {
  RaiseProbe probe = ProbeByName();
  probe.points.push_back(ProbeByKlass().points[0]);
  RubyChild child;
  Watch(child);
  AttachRaise(probe);
  child.Eval("raise_times(ArgumentError, 5)");
  const ProcessReading reading = ReadOf(child.pid());
  EXPECT_EQ(reading.exceptions, 10u);
  EXPECT_THAT(reading.classes, SizeIs(1));
  EXPECT_THAT(reading.klasses, SizeIs(1));
}

// What kernels without uprobe-multi get.
TEST_F(RaiseTest, LinksOfOnePointEachCountTheSame) {
  RubyChild child;
  Watch(child);
  const auto links = AttachOneByOne(counters_->programs(), RubyLibrary(), ProbeByName());
  ASSERT_THAT(links, IsOk());
  EXPECT_THAT(*links, SizeIs(1));
  child.Eval("raise_times(ArgumentError, 123)");
  const ProcessReading reading = ReadOf(child.pid());
  EXPECT_EQ(reading.exceptions, 123u);
  EXPECT_THAT(ClassesOf(reading), UnorderedElementsAre(Pair("ArgumentError", 123)));
}

TEST_F(RaiseTest, ClassesBeyondTheBoundAreCountedAsOther) {
  RubyChild child;
  Watch(child);
  AttachRaise(ProbeByName());
  child.Eval("100.times { |i| raise_times(Object.const_set(\"Error#{i}\", Class.new(StandardError)), 3) }");
  child.Eval("raise_times(Error0, 1)");
  const ProcessReading reading = ReadOf(child.pid());
  EXPECT_EQ(reading.exceptions, 301u);
  EXPECT_THAT(reading.classes, SizeIs(HALDANE_CLASSES_PER_PROCESS));
  EXPECT_EQ(reading.classes[0], (std::pair<std::string, uint64_t>("Error0", 4)));
  EXPECT_EQ(reading.exceptions_other, 36u * 3);
  EXPECT_THAT(AllDrops(), IsEmpty());
}

TEST_F(RaiseTest, LongNamesAreCutAndShorterOnesNeverConfused) {
  RubyChild child;
  Watch(child);
  AttachRaise(ProbeByName());
  // Around the size of the pieces in which names are read, and around the bound.
  const std::vector<size_t> lengths = {1, 14, 15, 16, 29, 30, 31, 59, 60, 61, 104, 105, 106, 118, 119};
  for (const size_t length : lengths) {
    child.Eval("raise_times(Object.const_set('A' * " + std::to_string(length) +
               ", Class.new(StandardError)), 1)");
  }
  for (const int length : {120, 121, 122, 135, 300}) {
    child.Eval("raise_times(Object.const_set('A' * " + std::to_string(length) +
               ", Class.new(StandardError)), 1)");
  }
  child.Eval("raise_times(Object.const_set('A' * 118 + 'x', Class.new(StandardError)), 2)");
  child.Eval("raise_times(Object.const_set('A' * 118 + 'y', Class.new(StandardError)), 3)");

  std::map<std::string, uint64_t> expected;
  for (const size_t length : lengths) expected[std::string(length, 'A')] = 1;
  expected[std::string(120, 'A')] = 5;
  expected[std::string(118, 'A') + "x"] = 2;
  expected[std::string(118, 'A') + "y"] = 3;
  const ProcessReading reading = ReadOf(child.pid());
  EXPECT_EQ(ClassesOf(reading), expected);
  EXPECT_THAT(reading.classes, SizeIs(expected.size()));
}

TEST_F(RaiseTest, RefusesAProbeItCannotPlaceAndSaysWhy) {
  RaiseProbe nothing;
  nothing.explanation = "no symbol";
  EXPECT_THAT(counters_->AttachRaise("ruby", RubyLibrary(), nothing),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no symbol")));
  RaiseProbe probe = ProbeByName();
  EXPECT_THAT(counters_->AttachRaise("ruby", "/nonexistent", probe),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nonexistent")));
  probe.points[0].file_offset = 1ull << 40;
  EXPECT_THAT(counters_->AttachRaise("ruby", RubyLibrary(), probe),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("offset")));
}

TEST_F(RaiseTest, DetachedBinariesAreNotCountedUntilAttachedAgain) {
  RubyChild child;
  Watch(child);
  AttachRaise(ProbeByName());
  child.Eval("raise_times(ArgumentError, 10)");
  counters_->DetachRaise("ruby");
  child.Eval("raise_times(ArgumentError, 10)");
  EXPECT_EQ(ReadOf(child.pid()).exceptions, 10u);
  AttachRaise(ProbeByName());
  child.Eval("raise_times(ArgumentError, 10)");
  EXPECT_EQ(ReadOf(child.pid()).exceptions, 20u);
}

}  // namespace
}  // namespace haldane::agent
