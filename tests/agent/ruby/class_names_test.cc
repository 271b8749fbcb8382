#include "agent/ruby/class_names.h"

#include <sys/wait.h>

#include <map>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/ruby_process_fixture.h"

namespace haldane::agent {
namespace {

// Prints "LABEL ADDRESS" of what a probe would see in the class field of several
// exceptions, then "end", then waits.
constexpr char kClassesScript[] = R"(
require "fiddle"
$stdout.sync = true
module Shop; class Error < StandardError; end; module Deep; class OutOfStock < Shop::Error; end; end; end
class AVeryLongClassNameThatCannotPossiblyBeKeptInsideTheObjectItself < ArgumentError; end
class WithState < RuntimeError; @a = 1; @@b = 2; @label = "Wrong"; C = 3; 20.times { |i| instance_variable_set("@v#{i}", i.to_s) }; end
module Extra; def hello; end; end
class Including < IOError; include Extra; end
class Prepended < TypeError; prepend Extra; end
module Holder; end
Holder.const_set(:Late, Class.new(KeyError))
Straße = Class.new(RangeError)
$keep = []
def klass_of(object)  # the word that the kernel reads: class pointer of the object
  Fiddle::Pointer.new(Fiddle.dlwrap(object))[8, 8].unpack1("Q")
end
def show(label, exception)
  $keep << exception
  puts "#{label} #{klass_of(exception)}"
end
show "standard", StandardError.new
show "name", NameError.new("x")
show "nested", Shop::Deep::OutOfStock.new
show "long", AVeryLongClassNameThatCannotPossiblyBeKeptInsideTheObjectItself.new
show "state", WithState.new
show "including", Including.new
show "prepended", Prepended.new
show "late", Holder::Late.new
show "unicode", Straße.new
show "errno", Errno::ENOENT.new
show "anonymous", Class.new(Shop::Error).new
anonymous = Class.new(Class.new(KeyError)); anonymous.name; anonymous.inspect
show "anonymous_twice", anonymous.new
inside = Class.new(StandardError); inside.const_set(:Inner, Class.new(Shop::Error)); inside::Inner.name
show "inside_anonymous", inside::Inner.new
single = Shop::Error.new; def single.extra; end
show "singleton", single
extended = EOFError.new; extended.extend(Extra)
show "extended", extended
show "exception", Exception.new
show "text", "not an exception"
puts "module #{Fiddle.dlwrap(Extra)}"
puts "end"
gets
)";

std::map<std::string, uint64_t> ReadAddresses(ChildProcess* child) {
  std::map<std::string, uint64_t> addresses;
  for (std::string line = child->ReadLine(); !line.empty() && line != "end"; line = child->ReadLine()) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(line, ' ');
    uint64_t address = 0;
    EXPECT_TRUE(absl::SimpleAtoi(parts.second, &address)) << line;
    addresses[parts.first] = address;
  }
  return addresses;
}

void ExpectNames(const std::vector<std::string>& ruby) {
  std::vector<std::string> argv = ruby;
  argv.insert(argv.end(), {"-W0", "-Ku", "-e", kClassesScript});
  ChildProcess child(argv);
  const std::map<std::string, uint64_t> klass = ReadAddresses(&child);
  ASSERT_EQ(klass.size(), 18u);
  ClassNames names;
  const auto name = [&](const std::string& label) {
    return names.Name(child.pid(), StartOf(child.pid()), 0, klass.at(label)).value_or("none");
  };
  EXPECT_EQ(name("standard"), "StandardError");
  EXPECT_EQ(name("name"), "NameError");
  EXPECT_EQ(name("nested"), "Shop::Deep::OutOfStock");
  EXPECT_EQ(name("long"), "AVeryLongClassNameThatCannotPossiblyBeKeptInsideTheObjectItself");
  EXPECT_EQ(name("state"), "WithState");
  EXPECT_EQ(name("including"), "Including");
  EXPECT_EQ(name("prepended"), "Prepended");
  EXPECT_EQ(name("late"), "Holder::Late");
  EXPECT_EQ(name("unicode"), "Straße");
  EXPECT_EQ(name("errno"), "Errno::ENOENT");
  EXPECT_EQ(name("exception"), "Exception");
  // Fresh addresses per object: only the ancestor's name is bounded.
  EXPECT_EQ(name("anonymous"), "Shop::Error");
  EXPECT_EQ(name("anonymous_twice"), "KeyError");
  EXPECT_EQ(name("inside_anonymous"), "Shop::Error");
  EXPECT_EQ(name("singleton"), "Shop::Error");
  EXPECT_EQ(name("extended"), "EOFError");
  // Never a guess.
  EXPECT_EQ(name("text"), "none");
  EXPECT_EQ(name("module"), "none");
  for (const uint64_t address : {uint64_t{0}, uint64_t{8}, klass.at("standard") + 8, klass.at("standard") + 4,
                                 ~uint64_t{7}, uint64_t{0xffff'8000'0000'0000}}) {
    EXPECT_EQ(names.Name(child.pid(), StartOf(child.pid()), 0, address), std::nullopt) << address;
  }
}

TEST(ClassNames, OfTheMachinesRuby) { ExpectNames({"ruby"}); }

class ClassNamesOfSuite : public ::testing::TestWithParam<const char*> {};

TEST_P(ClassNamesOfSuite, AreFoundWithoutATableOfOffsets) {
  std::string why;
  const auto ruby = RubyOfSuite(GetParam(), &why);
  if (!ruby) GTEST_SKIP() << "SKIPPED: " << why;
  ExpectNames({*ruby});
}

INSTANTIATE_TEST_SUITE_P(Suites, ClassNamesOfSuite, ::testing::Values("bullseye", "trixie"),
                         [](const auto& info) { return std::string(info.param); });

TEST(ClassNames, OfAForkedWorkerAndOfAnotherProgramUnderTheSamePid) {
  ChildProcess child({"ruby", "-W0", "-e", R"(
    require "fiddle"; $stdout.sync = true
    class Parent < StandardError; end
    fork { puts "#{Process.pid} #{Fiddle.dlwrap(Parent)}"; sleep }
    gets
    exec "ruby", "-e", "$stdout.sync = true; puts :ready; gets"
  )"});
  const std::pair<std::string, std::string> line = absl::StrSplit(child.ReadLine(), ' ');
  uint32_t worker = 0;
  uint64_t klass = 0;
  ASSERT_TRUE(absl::SimpleAtoi(line.first, &worker) && absl::SimpleAtoi(line.second, &klass));
  ClassNames names;
  EXPECT_EQ(names.Name(worker, StartOf(worker), 0, klass), "Parent");
  EXPECT_EQ(names.Name(child.pid(), StartOf(child.pid()), 0, klass), "Parent");
  child.WriteLine("go");
  ASSERT_EQ(child.ReadLine(), "ready");
  EXPECT_EQ(names.Name(child.pid(), StartOf(child.pid()), 1, klass), std::nullopt);
}

TEST(ClassNames, NothingOfOtherProgramsAndDeadProcesses) {
  ClassNames names;
  ChildProcess sleeper({"sleep", "1000"});
  EXPECT_EQ(names.Name(sleeper.pid(), StartOf(sleeper.pid()), 0, 0x7f0000001000), std::nullopt);
  EXPECT_EQ(names.Name(0x3fffffff, 1, 0, 0x7f0000001000), std::nullopt);
  names.Forget(sleeper.pid());
}

}  // namespace
}  // namespace haldane::agent
