#include <sys/stat.h>
#include <unistd.h>

#include "agent/ruby/elf_image.h"
#include "agent/ruby/interpreter.h"
#include "agent/ruby/longjmp_recovery.h"
#include "agent/ruby/probe_site.h"
#include "agent/ruby/symbols.h"
#include "tests/bpf/counters_test.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;

constexpr int kReadsUntilFinal = 500;
constexpr useconds_t kBetweenReads = 10'000;

RaiseProbe AtFunction(const ElfImage& image, uint64_t address, Argument argument,
                      ProbePoint::Payload payload) {
  const auto offset = ProbeSiteNear(image, address, argument);
  EXPECT_THAT(offset, IsOk());
  ProbePoint point;
  point.file_offset = offset.value_or(0);
  point.payload = payload;
  return RaiseProbe{.points = {point}};
}

}  // namespace

std::string RubyLibrary() { return "/usr/lib/x86_64-linux-gnu/libruby-3.1.so.3.1"; }

RaiseProbe ProbeByName() {
  const auto interpreter = ReadInterpreter(RubyLibrary());
  EXPECT_THAT(interpreter, IsOk());
  if (!interpreter.ok()) return {};
  EXPECT_EQ(interpreter->raise.source, haldane::v1::PROBE_SOURCE_USDT);
  return interpreter->raise;
}

RaiseProbe ProbeByKlass() {
  const auto image = ElfImage::Open(RubyLibrary());
  const auto symbols = SymbolTable::Read(*image, SymbolTable::Kind::kDynamic);
  const auto longjmp = RecoverLongjmp(*image, *symbols->Find("rb_exc_raise"), *symbols->Find("rb_exc_fatal"));
  EXPECT_THAT(longjmp, IsOk());
  return AtFunction(*image, longjmp.value_or(0), Argument::kRdx, ProbePoint::Payload::kExceptionInRdx);
}

RaiseProbe ProbeByKlassOfRaise() {
  const auto image = ElfImage::Open(RubyLibrary());
  const auto symbols = SymbolTable::Read(*image, SymbolTable::Kind::kDynamic);
  return AtFunction(*image, symbols->Find("rb_exc_raise")->address, Argument::kRdi,
                    ProbePoint::Payload::kExceptionInRdi);
}

void CountersTest::Create(uint32_t slots) {
  if (geteuid() != 0) GTEST_SKIP() << "SKIPPED: loading BPF programs needs root";
  counters_.reset();
  auto counters = KernelCounters::Create(slots);
  ASSERT_THAT(counters, IsOk());
  counters_ = *std::move(counters);
}

void CountersTest::Watch(const ChildProcess& child) {
  ASSERT_THAT(counters_->Watch(child.pid(), child.start_ns()), IsOk());
}

void CountersTest::AttachRaise(const RaiseProbe& probe) {
  ASSERT_THAT(counters_->AttachRaise("ruby", RubyLibrary(), probe), IsOk());
}

ProcessReading CountersTest::ReadOf(uint32_t pid) {
  for (const ProcessReading& reading : counters_->Read()) {
    if (reading.pid == pid) return reading;
  }
  ADD_FAILURE() << "process " << pid << " is not counted";
  return {};
}

ProcessReading CountersTest::ReadFinal(uint32_t pid) {
  for (int i = 0; i < kReadsUntilFinal; ++i) {
    for (const ProcessReading& reading : counters_->Read()) {
      if (reading.pid == pid && reading.exited) return reading;
    }
    usleep(kBetweenReads);
  }
  ADD_FAILURE() << "process " << pid << " was never reported as exited";
  return {};
}

bool CountersTest::IsCounted(uint32_t pid) {
  for (const ProcessReading& reading : counters_->Read()) {
    if (reading.pid == pid) return true;
  }
  return false;
}

ProbeGroup* CountersTest::Group(absl::string_view name) {
  for (ProbeGroup* group : counters_->Groups()) {
    if (group->name() == name) return group;
  }
  ADD_FAILURE() << "no group " << name;
  return nullptr;
}

std::map<std::string, uint64_t> CountersTest::AllDrops() {
  std::map<std::string, uint64_t> drops;
  for (const Drop& drop : counters_->Drops()) {
    if (drop.count > 0) drops[drop.site] = drop.count;
  }
  return drops;
}

uint64_t CountersTest::DropsAt(const std::string& site) { return AllDrops()[site]; }

uint64_t ValuesIn(const DurationBuckets& durations) {
  uint64_t values = 0;
  for (const auto& [bucket, count] : durations) values += count;
  return values;
}

std::map<std::string, uint64_t> ClassesOf(const ProcessReading& reading) {
  return {reading.classes.begin(), reading.classes.end()};
}

}  // namespace haldane::agent
