#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/agent.h"
#include "tests/fakes/fake_process_counters.h"
#include "tests/fakes/fake_ruby_processes.h"
#include "tests/fakes/fake_uplink.h"
#include "tests/fakes/simulated_clock.h"

namespace haldane::agent {

inline constexpr uint64_t kStart = 100'000'000'000;  // a process's start: 100 s after boot

// An agent on a pretended host with one Ruby, before anything runs there.
class AgentTest : public ::testing::Test {
 protected:
  AgentTest()
      : kill_switch_(absl::StrCat(::testing::TempDir(), "/kill-", getpid())),
        agent_({&processes_, &counters_, &uplink_, &clock_}, {"boot", 77}, kill_switch_) {
    unlink(kill_switch_.c_str());
    uplink_.listener = &agent_;
    ruby_ = processes_.AddBinary("ruby", haldane::v1::PROBE_SOURCE_SYMBOL);
  }
  ~AgentTest() override { unlink(kill_switch_.c_str()); }

  // Lets time pass as the daemon does.
  void Pass(absl::Duration time) {
    for (absl::Duration passed; passed < time; passed += Agent::kTick) {
      clock_.Advance(Agent::kTick);
      agent_.Tick();
    }
  }
  void ConnectAndDirect(const std::vector<std::string>& services) {
    uplink_.Connect();
    agent_.Tick();
    uplink_.Direct(services);
    Pass(absl::Seconds(1));
  }

  const std::string kill_switch_;
  haldane::testing::SimulatedClock clock_;
  haldane::testing::FakeRubyProcesses processes_;
  haldane::testing::FakeProcessCounters counters_;
  haldane::testing::FakeUplink uplink_;
  Agent agent_;
  BinaryKey ruby_;
};

}  // namespace haldane::agent
