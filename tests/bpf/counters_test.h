#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "agent/probe/kernel_counters.h"
#include "tests/bpf/child_process.h"

namespace haldane::agent {

// Debian's own interpreter, and ways to probe it.
std::string RubyLibrary();
RaiseProbe ProbeByName();          // USDT ruby:raise, class by name
RaiseProbe ProbeByKlass();         // rb_longjmp, class by address
RaiseProbe ProbeByKlassOfRaise();  // rb_exc_raise, class by address: C code's raises

// Counters in this kernel. Skips where they cannot be had.
class CountersTest : public ::testing::Test {
 protected:
  void SetUp() override { Create(HALDANE_SLOTS); }
  void Create(uint32_t slots);

  // Counts the process from now on.
  void Watch(const ChildProcess& child);
  void AttachRaise(const RaiseProbe& probe);

  // What is read of a process now; fails the test if there is nothing.
  ProcessReading ReadOf(uint32_t pid);
  // Reads until the process is reported as exited.
  ProcessReading ReadFinal(uint32_t pid);
  bool IsCounted(uint32_t pid);
  // The group of that name.
  ProbeGroup* Group(absl::string_view name);
  // Takes in Debian's interpreter for everything but exceptions.
  void AttachInterpreter() { counters_->AttachInterpreter("ruby", RubyLibrary()); }
  uint64_t DropsAt(const std::string& site);
  // Every drop that is not zero.
  std::map<std::string, uint64_t> AllDrops();

  std::unique_ptr<KernelCounters> counters_;
};

// Values in a distribution.
uint64_t ValuesIn(const DurationBuckets& durations);

// The classes of a reading as a map.
std::map<std::string, uint64_t> ClassesOf(const ProcessReading& reading);

}  // namespace haldane::agent
