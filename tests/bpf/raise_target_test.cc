// The raise program with a target of our own, for what Ruby does not let a test
// choose: threads at the same instant, and registers that hold anything.
#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/bpf/counters_test.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {

// Takes what rb_longjmp takes: the exception comes third, in rdx.
extern "C" __attribute__((noinline)) void HaldaneRaiseTarget(const void* name, uint64_t, uint64_t exception) {
  asm volatile("" : : "r"(name), "r"(exception) : "memory");
}

namespace {

using ::haldane::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr uint8_t kRdi = 14;

struct FakeException {
  uint64_t flags = 0;
  uint64_t klass = 0;
};

uint64_t Address(const FakeException& exception) { return reinterpret_cast<uintptr_t>(&exception); }

uint64_t FileOffset(uintptr_t address) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::istringstream fields(line);
    uint64_t begin = 0, end = 0, offset = 0;
    char dash;
    std::string rights;
    fields >> std::hex >> begin >> dash >> end >> rights >> offset;
    if (begin <= address && address < end) return address - begin + offset;
  }
  return 0;
}

class RaiseTargetTest : public CountersTest {
 protected:
  void Attach(ProbePoint::Payload payload) {
    if (counters_ == nullptr) return;
    ProbePoint point;
    point.file_offset = FileOffset(reinterpret_cast<uintptr_t>(&HaldaneRaiseTarget));
    point.payload = payload;
    point.name_register = kRdi;
    ASSERT_THAT(counters_->AttachRaise("target", "/proc/self/exe", RaiseProbe{.points = {point}}), IsOk());
    ASSERT_THAT(counters_->Watch(self_, StartOf(self_)), IsOk());
  }
  ProcessReading Read() { return ReadOf(self_); }

  const uint32_t self_ = static_cast<uint32_t>(getpid());
};

// Runs `body(i)` in every thread for each i, all threads as close together as
// can be.
template <typename Body>
void Together(int threads, int times, Body body) {
  std::atomic<int> arrived{0};
  std::vector<std::thread> running;
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&] {
      for (int i = 0; i < times; ++i) {
        ++arrived;
        while (arrived.load() < threads * (i + 1)) std::this_thread::yield();
        body(i);
      }
    });
  }
  for (std::thread& thread : running) thread.join();
}

TEST_F(RaiseTargetTest, AdditionsAtTheSameInstantAreNotLost) {
  Attach(ProbePoint::Payload::kExceptionInRdx);
  if (counters_ == nullptr) return;
  FakeException exception;
  exception.klass = 0x1000;
  Together(2, 1, [&](int) {
    for (int i = 0; i < 200'000; ++i) HaldaneRaiseTarget(nullptr, 0, Address(exception));
  });
  const ProcessReading reading = Read();
  EXPECT_EQ(reading.exceptions, 400'000u);
  ASSERT_THAT(reading.klasses, SizeIs(1));
  EXPECT_EQ(reading.klasses[0].klass, 0x1000u);
  EXPECT_EQ(reading.klasses[0].count, 400'000u);
  EXPECT_THAT(AllDrops(), IsEmpty());
}

TEST_F(RaiseTargetTest, ThreadsThatMeetANewClassTogetherGiveItOneCell) {
  Attach(ProbePoint::Payload::kExceptionInRdx);
  if (counters_ == nullptr) return;
  std::vector<FakeException> exceptions(60);
  for (size_t i = 0; i < exceptions.size(); ++i) exceptions[i].klass = 0x1000 + 8 * i;
  Together(4, 60,
           [&](int i) { HaldaneRaiseTarget(nullptr, 0, Address(exceptions[static_cast<size_t>(i)])); });
  const ProcessReading reading = Read();
  EXPECT_EQ(reading.exceptions_other, 0u);
  ASSERT_THAT(reading.klasses, SizeIs(60));
  for (const KlassCount& klass : reading.klasses) EXPECT_EQ(klass.count, 4u);
}

TEST_F(RaiseTargetTest, WhatIsNotAnObjectIsCountedAsOther) {
  Attach(ProbePoint::Payload::kExceptionInRdx);
  if (counters_ == nullptr) return;
  for (const uint64_t special : {0, 4, 8, 20, 0x40, 0x10c, 12345}) HaldaneRaiseTarget(nullptr, 0, special);
  const ProcessReading reading = Read();
  EXPECT_EQ(reading.exceptions, 7u);
  EXPECT_EQ(reading.exceptions_other, 7u);
  EXPECT_THAT(AllDrops(), IsEmpty());
}

TEST_F(RaiseTargetTest, AnObjectThatCannotBeReadIsCountedAsOtherAndReported) {
  Attach(ProbePoint::Payload::kExceptionInRdx);
  if (counters_ == nullptr) return;
  HaldaneRaiseTarget(nullptr, 0, 0x1000);
  HaldaneRaiseTarget(nullptr, 0, 0xffffffff81000000);
  const ProcessReading reading = Read();
  EXPECT_EQ(reading.exceptions_other, 2u);
  EXPECT_EQ(DropsAt("class_unreadable"), 2u);
}

TEST_F(RaiseTargetTest, ANameThatCannotBeReadIsCountedAsOtherAndReported) {
  Attach(ProbePoint::Payload::kClassName);
  if (counters_ == nullptr) return;
  HaldaneRaiseTarget(reinterpret_cast<const void*>(0x1000), 0, 0);
  HaldaneRaiseTarget("IOError", 0, 0);
  const ProcessReading reading = Read();
  EXPECT_EQ(reading.exceptions, 2u);
  EXPECT_EQ(reading.exceptions_other, 1u);
  EXPECT_THAT(reading.classes, ElementsAre(Pair("IOError", 1)));
  EXPECT_EQ(DropsAt("class_unreadable"), 1u);
}

// A reading may not have more in its parts than in its total, whenever it is
// taken: the difference would be a negative count.
TEST_F(RaiseTargetTest, ReadingsTakenWhileCountingNeverExceedTheirTotalAndNeverFall) {
  Attach(ProbePoint::Payload::kExceptionInRdx);
  if (counters_ == nullptr) return;
  std::atomic<bool> stop{false};
  std::thread raiser([&] {
    FakeException exception;
    for (uint64_t i = 0; !stop.load(); ++i) {
      exception.klass = 0x1000 + 8 * (i % 80);
      HaldaneRaiseTarget(nullptr, 0, Address(exception));
    }
  });
  uint64_t last_total = 0, last_parts = 0;
  while (last_total < 100'000 && !HasFailure()) {
    const ProcessReading reading = Read();
    uint64_t parts = reading.exceptions_other;
    for (const KlassCount& klass : reading.klasses) parts += klass.count;
    EXPECT_LE(parts, reading.exceptions);
    EXPECT_GE(parts, last_parts);
    EXPECT_GE(reading.exceptions, last_total);
    last_total = reading.exceptions;
    last_parts = parts;
  }
  stop = true;
  raiser.join();
}

}  // namespace
}  // namespace haldane::agent
