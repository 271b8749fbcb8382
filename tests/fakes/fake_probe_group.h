#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/budget/governor.h"
#include "agent/probe/probe_group.h"

namespace haldane::testing {

// A group of probes whose cost the test sets. Not thread-safe.
class FakeProbeGroup final : public agent::ProbeGroup {
 public:
  FakeProbeGroup(std::string name, std::string signal)
      : name_(std::move(name)), signal_(std::move(signal)), signals_{signal_} {}
  FakeProbeGroup(const FakeProbeGroup&) = delete;

  Stats stats;
  bool on = true;
  std::string why_off;
  haldane::v1::SignalGap::Cause cause_off = haldane::v1::SignalGap::CAUSE_UNSPECIFIED;

  absl::string_view name() const override { return name_; }
  const std::vector<absl::string_view>& signals() const override { return signals_; }
  absl::Status Attach() override {
    on = true;
    return absl::OkStatus();
  }
  agent::PlacedProbes Detach(haldane::v1::SignalGap::Cause cause, absl::string_view why) override {
    on = false;
    cause_off = cause;
    why_off = std::string(why);
    return {};
  }
  bool attached() const override { return on; }
  Stats RunStats() const override { return stats; }
  std::vector<haldane::v1::SignalGap> Gaps() const override {
    if (on) return {};
    haldane::v1::SignalGap gap;
    gap.set_signal(signal_);
    gap.set_cause(cause_off);
    gap.set_detail(why_off);
    return {gap};
  }

 private:
  const std::string name_, signal_;
  const std::vector<absl::string_view> signals_;
};

// Costs of an agent that the test sets.
class FakeMeter final : public agent::Meter {
 public:
  bool measuring = false;
  absl::Duration cpu;
  uint64_t memory = 8 << 20;

  void Measure(bool on) override { measuring = on; }
  absl::Duration AgentCpu() const override { return cpu; }
  uint64_t AgentMemoryBytes() const override { return memory; }
};

}  // namespace haldane::testing
