// What counts as one exception, on every Ruby that we claim: the same table for
// all, each count exact.
#include <gmock/gmock.h>

#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "agent/ruby/elf_image.h"
#include "agent/ruby/interpreter.h"
#include "agent/ruby/known_builds.h"
#include "agent/ruby/longjmp_recovery.h"
#include "agent/ruby/probe_site.h"
#include "agent/ruby/symbols.h"
#include "tests/bpf/counters_test.h"
#include "tests/bpf/unpacked_ruby.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;

constexpr int kTimes = 40;

struct Scenario {
  const char* name;
  const char* ruby;    // done kTimes times
  uint64_t per_time;   // exceptions
  uint64_t since_3_3;  // the same from Ruby 3.3 on, where it differs; else 0
};

constexpr Scenario kScenarios[] = {
    {"RaiseClass", "begin; raise ArgumentError, 'x'; rescue ArgumentError; end", 1, 0},
    {"RaiseText", "begin; raise 'x'; rescue; end", 1, 0},
    {"RaiseObjectAgain", "begin; begin; raise 'x'; rescue => e; raise e; end; rescue; end", 2, 0},
    {"BareRaise", "begin; begin; raise 'x'; rescue; raise; end; rescue; end", 2, 0},
    {"WrapWithCause", "begin; begin; raise 'x'; rescue; raise IOError, 'y'; end; rescue IOError; end", 2, 0},
    {"RescueThatDoesNotMatch", "begin; begin; raise 'x'; rescue IOError; end; rescue; end", 1, 0},
    {"FiveEnsures",
     "begin; begin; begin; begin; begin; begin; raise 'x'; ensure; 1; end; ensure; 2; end; ensure; 3; end; "
     "ensure; 4; end; ensure; 5; end; rescue; end",
     1, 0},
    {"RetryTwice", "n = 0; begin; n += 1; raise 'x' if n < 3; rescue; retry; end", 2, 0},
    {"ThrowAndCatch", "catch(:a) { throw :a }", 0, 0},
    {"UncaughtThrow", "begin; throw :a; rescue UncaughtThrowError; end", 1, 0},
    {"BreakAndReturn", "[1].each { break }; lambda { [1].each { return 2 } }.call", 0, 0},
    {"StopIterationOfLoop", "e = [].each; loop { e.next }", 1, 0},
    {"StopIterationRaised", "loop { raise StopIteration }", 1, 0},
    {"CConversion", "begin; Integer('z'); rescue ArgumentError; end", 1, 0},
    {"CNoMethod", "begin; nil.no_such_method; rescue NoMethodError; end", 1, 0},
    {"CDivision", "begin; 1 / 0; rescue ZeroDivisionError; end", 1, 0},
    {"CFetch", "begin; {}.fetch(:a); rescue KeyError; end", 1, 0},
    {"CErrno", "begin; File.open('/no/such/file'); rescue Errno::ENOENT; end", 1, 0},
    {"CFrozen", "begin; 'x'.freeze << 'y'; rescue RuntimeError; end", 1, 0},
    {"CExit", "begin; exit; rescue SystemExit; end", 1, 0},
    {"WithoutException", "Integer('z', exception: false)", 0, 0},
    {"WouldBlock",
     "r, w = IO.pipe; begin; r.read_nonblock(1); rescue IO::WaitReadable; end; r.close; w.close", 1, 0},
    {"WouldBlockWithoutException", "r, w = IO.pipe; r.read_nonblock(1, exception: false); r.close; w.close",
     0, 0},
    {"ThreadRaise",
     "t = Thread.new { begin; sleep; rescue IOError; end }; Thread.pass until t.stop?; t.raise(IOError); "
     "t.join",
     1, 0},
    {"ThreadDiesAndIsJoined",
     "t = Thread.new { Thread.current.report_on_exception = false; raise 'x' }; begin; t.join; rescue; end",
     2, 0},
    {"FiberRaise", "f = Fiber.new { begin; Fiber.yield; rescue IOError; end }; f.resume; f.raise(IOError)", 1,
     0},
    {"RaiseInFiber", "Fiber.new { begin; raise 'x'; rescue; end }.resume", 1, 0},
    {"StackOverflow", "def deep; deep; end; begin; deep; rescue SystemStackError; end", 0, 0},
    {"Timeout", "begin; Timeout.timeout(0.002) { sleep }; rescue Timeout::Error; end", 1, 2},
};

using haldane::v1::ProbeSource;

// A Ruby, and what its exceptions are to be counted by: what the resolver chooses
// in it, or the machine code whatever else there is.
struct MatrixRuby {
  const char* name;
  const char* suite;  // of Debian, unpacked; "" for the machine's own, "static" for one program
  ProbeSource chosen;
  bool stripped = true;
};
constexpr MatrixRuby kRubies[] = {
    {"Ruby27", "bullseye", haldane::v1::PROBE_SOURCE_USDT},
    {"Ruby31", "", haldane::v1::PROBE_SOURCE_USDT},
    {"Ruby33", "trixie", haldane::v1::PROBE_SOURCE_SYMBOL},  // a known build, with nothing else to go by
    {"OneProgram", "static", haldane::v1::PROBE_SOURCE_SYMBOL, false},
    {"OneProgramStripped", "static", haldane::v1::PROBE_SOURCE_DISASSEMBLY},
};
using MatrixParam = std::tuple<MatrixRuby, bool>;

class RubyMatrixTest : public CountersTest, public ::testing::WithParamInterface<MatrixParam> {
 protected:
  void SetUp() override {
    CountersTest::SetUp();
    if (IsSkipped()) return;
    const MatrixRuby& ruby = std::get<0>(GetParam());
    const std::string suite = ruby.suite;
    if (suite.empty()) {
      command_ = "ruby";
      library_ = RubyLibrary();
    } else if (suite == "static") {
      command_ = StaticRuby(ruby.stripped);
      library_ = StaticRubyProgram(ruby.stripped);
    } else {
      command_ = UnpackedRuby(suite, {});
      library_ = UnpackedLibruby(suite);
    }
    if (command_.empty()) GTEST_SKIP() << "SKIPPED: " << WhyNoRuby();
    const auto interpreter = ReadInterpreter(library_);
    ASSERT_THAT(interpreter, IsOk());
    version_ = interpreter->version;
    EXPECT_EQ(interpreter->raise.source, ruby.chosen) << interpreter->raise.explanation;
    probe_ = std::get<1>(GetParam()) ? ByMachineCode() : interpreter->raise;
    ASSERT_THAT(counters_->AttachRaise("ruby", library_, probe_), IsOk());
  }

  RaiseProbe ByMachineCode() const {
    const auto image = ElfImage::Open(library_);
    const auto symbols = SymbolTable::Read(*image, SymbolTable::Kind::kDynamic);
    const auto longjmp =
        RecoverLongjmp(*image, *symbols->Find("rb_exc_raise"), *symbols->Find("rb_exc_fatal"));
    EXPECT_THAT(longjmp, IsOk());
    const auto site = ProbeSiteNear(*image, longjmp.value_or(0), Argument::kRdx);
    EXPECT_THAT(site, IsOk());
    RaiseProbe probe;
    probe.points = {{.file_offset = site.value_or(0), .payload = ProbePoint::Payload::kExceptionInRdx}};
    return probe;
  }
  std::vector<std::string> Command() const {
    return {command_, absl::StrCat(HALDANE_TEST_RUBY, "/evaluate.rb")};
  }
  bool IsSince33() const { return version_ >= "3.3"; }

  std::string library_, command_, version_;
  RaiseProbe probe_;
};

// evaluate.rb by another interpreter.
class MatrixChild : public ChildProcess {
 public:
  explicit MatrixChild(const std::vector<std::string>& command) : ChildProcess(command) {
    ReadUntil("ready");
    Eval("require 'timeout'; Timeout.timeout(60) { 1 }; 1");  // its thread is there from now on
  }
  std::string Eval(const std::string& line) {
    Write(line + "\n");
    return ReadLine();
  }
};

TEST_P(RubyMatrixTest, EveryScenarioCountsExactly) {
  MatrixChild child(Command());
  Watch(child);
  uint64_t before = ReadOf(child.pid()).exceptions;
  EXPECT_EQ(before, 0u);
  for (const Scenario& scenario : kScenarios) {
    const uint64_t per_time = IsSince33() && scenario.since_3_3 != 0 ? scenario.since_3_3 : scenario.per_time;
    ASSERT_EQ(child.Eval(absl::StrCat(kTimes, ".times { ", scenario.ruby, " }")), std::to_string(kTimes))
        << scenario.name;
    const ProcessReading reading = ReadOf(child.pid());
    EXPECT_EQ(reading.exceptions - before, per_time * kTimes) << scenario.name << " on Ruby " << version_;
    before = reading.exceptions;
  }
  EXPECT_THAT(AllDrops(), ::testing::IsEmpty());
}

TEST_P(RubyMatrixTest, AForkedChildCountsForItselfFromItsFirstInstruction) {
  MatrixChild child(Command());
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  Watch(child);
  uint32_t forked = 0;
  const std::string pid = child.Eval("fork_child(ArgumentError, 25)");
  ASSERT_TRUE(absl::SimpleAtoi(pid, &forked)) << pid;
  child.Eval("child_raises");
  EXPECT_EQ(ReadOf(forked).exceptions, 25u);
  EXPECT_EQ(ReadOf(child.pid()).exceptions, 0u);
  child.Eval("child_ends");
}

// What the start of an interpreter raises is its own affair; what comes on top is
// counted exactly, in the same process.
TEST_P(RubyMatrixTest, AProcessThatCallsExecGoesOnBeingCounted) {
  uint64_t counted[2] = {};
  for (const int raises : {0, 30}) {
    MatrixChild child(Command());
    ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
    Watch(child);
    const std::string program = absl::StrCat(raises, ".times { begin; raise 'x'; rescue; end }; puts 'done'");
    child.Write(absl::StrCat("exec('", command_, "', '-e', \"", program, "\")\n"));
    child.ReadUntil("done");
    child.Wait();
    counted[raises > 0] = ReadFinal(child.pid()).exceptions;
  }
  EXPECT_EQ(counted[1] - counted[0], 30u);
}

// What the agent has in its table of known builds is what the code says, too.
TEST_P(RubyMatrixTest, AKnownBuildIsWhatItSays) {
  const auto image = ElfImage::Open(library_);
  for (const KnownBuild& build : KnownBuilds()) {
    if (build.build_id != absl::string_view(image->build_id())) continue;
    const auto site = ProbeSiteNear(*image, build.longjmp, Argument::kRdx);
    ASSERT_THAT(site, IsOk());
    EXPECT_EQ(*site, ByMachineCode().points[0].file_offset);
  }
}

std::string MatrixName(const ::testing::TestParamInfo<MatrixParam>& info) {
  return absl::StrCat(std::get<0>(info.param).name, std::get<1>(info.param) ? "ByMachineCode" : "AsChosen");
}

INSTANTIATE_TEST_SUITE_P(Rubies, RubyMatrixTest,
                         ::testing::Combine(::testing::ValuesIn(kRubies), ::testing::Bool()), MatrixName);

}  // namespace
}  // namespace haldane::agent
