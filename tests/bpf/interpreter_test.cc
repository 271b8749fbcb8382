// What happens inside interpreters besides exceptions, on several Rubies.
#include <gmock/gmock.h>

#include <fstream>
#include <memory>
#include <string>

#include "agent/probe/gc_counter.h"
#include "agent/probe/interpreter_points.h"
#include "agent/probe/probed_binary.h"
#include "bpf/haldane.skel.h"
#include "tests/bpf/counters_test.h"
#include "tests/bpf/unpacked_ruby.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_directory.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;
using ::testing::IsEmpty;

// A Ruby as tests/bpf/ruby/evaluate.rb, of any interpreter.
class AnyRuby : public ChildProcess {
 public:
  explicit AnyRuby(const std::string& ruby) : ChildProcess({ruby, HALDANE_TEST_RUBY "/evaluate.rb"}) {
    EXPECT_EQ(ReadLine(), "ready");
  }
  std::string Eval(const std::string& line) {
    Write(line + "\n");
    return ReadLine();
  }
};

// By the folder of its interpreter; empty for the machine's own.
class InterpreterTest : public CountersTest, public ::testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    CountersTest::SetUp();
    if (counters_ == nullptr) return;
    const std::string ruby = GetParam().empty() ? "ruby" : UnpackedRuby(GetParam(), {});
    if (ruby.empty()) GTEST_SKIP() << "SKIPPED: " << WhyNoRuby();
    library_ = GetParam().empty() ? RubyLibrary() : UnpackedLibruby(GetParam());
    child_ = std::make_unique<AnyRuby>(ruby);
    ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
    counters_->AttachInterpreter("ruby", library_);
  }

  SignalCounts Counts() { return ReadOf(child_->pid()).counts; }
  // Makes a file of Ruby code; its path.
  std::string MakeFile(const std::string& name) {
    const std::string path = directory_.path() + "/" + name + ".rb";
    std::ofstream(path) << "$loaded = '" << name << "'\n";
    return path;
  }

  testing::TemporaryDirectory directory_;
  std::string library_;
  std::unique_ptr<AnyRuby> child_;
};

TEST_P(InterpreterTest, EveryFileThatIsLoadedIsCountedOnce) {
  const std::string again = MakeFile("again"), once = MakeFile("once"), other = MakeFile("other");
  child_->Eval("load '" + again + "'");
  Watch(*child_);
  child_->Eval("5.times { load '" + again + "' }");
  child_->Eval("3.times { require '" + once + "' }");  // a feature is loaded once
  child_->Eval("autoload :Other, '" + other + "'; Other rescue nil");
  child_->Eval("3.times { eval('1 + 1') }");
  EXPECT_EQ(Counts().loads, 5u + 1 + 1);
}

TEST_P(InterpreterTest, CollectionsAreCountedAsRubyCountsThem) {
  child_->Eval("$begin = GC.count");
  Watch(*child_);
  child_->Eval("7.times { GC.start }; 200_000.times { Object.new }");
  counters_->Read();
  const uint64_t expected = std::stoull(child_->Eval("GC.count - $begin"));
  const uint64_t counted = Counts().gc_runs;
  EXPECT_GE(expected, 7u);
  // Nothing but a response, an exception or the ten seconds' round makes a process
  // be looked at; the first round comes with the first reading.
  child_->Eval("load '" + MakeFile("something") + "'");
  EXPECT_EQ(Counts().gc_runs, std::stoull(child_->Eval("GC.count - $begin"))) << counted;
}

TEST_P(InterpreterTest, AChildCountsItsOwnCollections) {
  Watch(*child_);
  counters_->Read();
  const std::string file = MakeFile("something");
  child_->Eval("r, w = IO.pipe; a, b = IO.pipe; $child = fork { w.close; load '" + file +
               "'; b.write('1'); r.getbyte; 5.times { GC.start }; load '" + file +
               "'; b.write('2'); r.getbyte; exit!(0) }; $r = a; $w = w; a.getbyte");
  const uint32_t child = static_cast<uint32_t>(std::stoul(child_->Eval("$child")));
  ReadOf(child);
  child_->Eval("$w.write('x'); $r.getbyte");
  EXPECT_EQ(ReadOf(child).counts.gc_runs, 5u);
  child_->Eval("$w.write('x'); Process.wait($child)");
}

INSTANTIATE_TEST_SUITE_P(Rubies, InterpreterTest, ::testing::Values("", "bullseye", "trixie"),
                         [](const auto& info) { return info.param.empty() ? "own" : info.param; });

class PauseTest : public CountersTest {
 protected:
  void SetUp() override {
    CountersTest::SetUp();
    if (counters_ == nullptr) return;
    ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  }
};

TEST_F(PauseTest, ACollectionThatStopsTheProcessIsOnePause) {
  AttachInterpreter();
  RubyChild child;
  child.Eval("GC.start");
  Watch(child);
  child.Eval("20.times { GC.start }");
  EXPECT_EQ(ValuesIn(ReadOf(child.pid()).counts.gc_pause), 20u);
  EXPECT_THAT(Group("gc_pause")->Gaps(), IsEmpty());
  EXPECT_THAT(AllDrops(), IsEmpty());
}

TEST_F(PauseTest, SweepingThatIsPutOffIsAPauseOfItsOwn) {
  AttachInterpreter();
  RubyChild child;
  child.Eval("GC.start");
  Watch(child);
  child.Eval("GC.start(immediate_sweep: false); GC.disable; 100_000.times { Object.new }; nil");
  EXPECT_GE(ValuesIn(ReadOf(child.pid()).counts.gc_pause), 2u) << "a marking, and a sweeping after it";
}

TEST_F(PauseTest, ARubyThatAnnouncesNothingIsAGapAndNoZero) {
  if (UnpackedRuby("trixie", {}).empty()) GTEST_SKIP() << "SKIPPED: " << WhyNoRuby();
  counters_->AttachInterpreter("ruby", UnpackedLibruby("trixie"));
  ASSERT_EQ(Group("gc_pause")->Gaps().size(), 1u);
  EXPECT_EQ(Group("gc_pause")->Gaps()[0].cause(), haldane::v1::SignalGap::CAUSE_UNAVAILABLE);
  EXPECT_THAT(Group("gc_pause")->Gaps()[0].detail(), ::testing::HasSubstr("gc__mark__begin"));
  EXPECT_FALSE(Group("gc_pause")->attached());
  EXPECT_TRUE(Group("loads")->attached());
  counters_->DetachRaise("ruby");
  EXPECT_THAT(Group("gc_pause")->Gaps(), IsEmpty()) << "nobody runs it any more";
}

TEST_F(PauseTest, GroupsInsideInterpretersAreShedOneByOne) {
  AttachInterpreter();
  RubyChild child;
  child.Eval("GC.start");
  Watch(child);
  Group("gc_pause")->Detach(haldane::v1::SignalGap::CAUSE_SHED, "for this test");
  const testing::TemporaryDirectory directory;
  std::ofstream(directory.path() + "/x.rb") << "1\n";
  child.Eval("GC.start; load '" + directory.path() + "/x.rb'");
  SignalCounts counts = ReadOf(child.pid()).counts;
  EXPECT_EQ(ValuesIn(counts.gc_pause), 0u);
  EXPECT_EQ(counts.loads, 1u);
  ASSERT_THAT(Group("gc_pause")->Attach(), IsOk());
  Group("loads")->Detach(haldane::v1::SignalGap::CAUSE_SHED, "for this test");
  child.Eval("GC.start; load '" + directory.path() + "/x.rb'");
  counts = ReadOf(child.pid()).counts;
  EXPECT_GT(ValuesIn(counts.gc_pause), 0u);
  EXPECT_EQ(counts.loads, 1u);
}

class VmEntryTest : public PauseTest {};

TEST_F(VmEntryTest, IsOffUnlessAskedFor) {
  AttachInterpreter();
  EXPECT_FALSE(Group("vm_entries")->attached());
  ASSERT_EQ(Group("vm_entries")->Gaps().size(), 1u);
  EXPECT_EQ(Group("vm_entries")->Gaps()[0].signal(), "ruby.vm_entries");
}

// What is counted in a burst is what was passed in it: no more than in all, and
// nothing once it is over.
TEST_F(VmEntryTest, CountsInBurstsOnly) {
  AttachInterpreter();
  RubyChild child;
  Watch(child);
  ASSERT_THAT(Group("vm_entries")->Attach(), IsOk());
  EXPECT_TRUE(Group("vm_entries")->attached());
  child.Write(
      "n = 0; t = Process.clock_gettime(0) + 0.5; while Process.clock_gettime(0) < t; [1].each { n += 1 }; "
      "end; n\n");
  counters_->Read();  // a burst in the middle of it
  const uint64_t all = std::stoull(child.ReadLine());
  const uint64_t counted = ReadOf(child.pid()).counts.vm_entries;
  EXPECT_GT(counted, 0u);
  EXPECT_LT(counted, all);
  child.Eval("1000.times { [1].each { } }");
  EXPECT_EQ(ReadOf(child.pid()).counts.vm_entries, counted);
  Group("vm_entries")->Detach(haldane::v1::SignalGap::CAUSE_SHED, "for this test");
  EXPECT_FALSE(Group("vm_entries")->attached());
}

// A burst without end, around work of a known size.
TEST_F(VmEntryTest, EveryEntryOfABurstIsCountedAndTheResponsesBeside) {
  RubyChild child;
  child.Eval("load '" HALDANE_TEST_RUBY "/writes.rb'");
  Watch(child);
  const auto image = ElfImage::Open(RubyLibrary());
  ASSERT_THAT(image, IsOk());
  const auto points = FindVmEntries(*image);
  ASSERT_THAT(points, IsOk());
  const auto& progs = counters_->programs()->progs;
  const auto placed = PlaceProbes(RubyLibrary(), {{progs.vm_entry_multi, progs.vm_entry_single, *points}});
  ASSERT_THAT(placed, IsOk());
  const auto count = [&](const std::string& line) {
    const uint64_t before = ReadOf(child.pid()).counts.vm_entries;
    child.Eval(line);
    return ReadOf(child.pid()).counts.vm_entries - before;
  };
  counters_->programs()->bss->burst_is_on = 1;
  count("0.times { [1].each { } }");
  const uint64_t around = count("0.times { [1].each { } }");
  EXPECT_EQ(count("1000.times { [1].each { } }") - around, 2000u);
  child.Eval("send_to('HTTP/1.1 200 OK')");
  counters_->programs()->bss->burst_is_on = 0;
  child.Eval("send_to('HTTP/1.1 200 OK')");
  EXPECT_EQ(count("1000.times { [1].each { } }"), 0u);
  EXPECT_EQ(ReadOf(child.pid()).counts.vm_entries_requests, 1u);
}

}  // namespace
}  // namespace haldane::agent
