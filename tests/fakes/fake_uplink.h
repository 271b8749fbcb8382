#pragma once

#include <map>
#include <utility>
#include <vector>

#include "agent/uplink/uplink.h"

namespace haldane::testing {

// A controller at the other end of a perfect wire: the test answers for it.
// Not thread-safe.
class FakeUplink final : public agent::Uplink {
 public:
  std::vector<haldane::v1::Report> reports;
  bool is_up = false;
  bool is_busy = false;  // a message is on its way
  bool acknowledges = true;
  agent::Uplink::Listener* listener = nullptr;

  void Connect() {
    is_up = true;
    listener->OnUp();
  }
  void Disconnect() {
    is_up = false;
    listener->OnDown();
  }
  void Direct(const std::vector<std::string>& services) {
    haldane::v1::Directive directive;
    for (const std::string& service : services) directive.add_watch_services(service);
    listener->OnDirective(directive);
  }

  bool CanSend() const override { return is_up && !is_busy; }
  void Send(haldane::v1::Report report) override {
    if (!is_up) return;
    reports.push_back(std::move(report));
    if (acknowledges) listener->OnAck(reports.back().sequence());
  }

  // What a controller that takes in every report knows now of the last process
  // of this pid.
  haldane::v1::ProcessSample Known(uint32_t pid) const {
    haldane::v1::ProcessSample known;
    for (const haldane::v1::Report& report : reports) {
      for (const haldane::v1::ProcessSample& sample : report.processes()) {
        const bool is_newer = sample.process().start_ns() >= known.process().start_ns();
        if (sample.process().pid() == pid && is_newer) known = sample;
      }
    }
    return known;
  }
  // Whether a process that started then was ever said to have exited.
  bool WasFinal(uint32_t pid, uint64_t start_ns) const {
    for (const haldane::v1::Report& report : reports) {
      for (const haldane::v1::ProcessSample& sample : report.processes()) {
        if (sample.process().pid() == pid && sample.process().start_ns() == start_ns && sample.exited()) {
          return true;
        }
      }
    }
    return false;
  }
  // Reports since index `from` that carry the process.
  int Mentions(uint32_t pid, size_t from) const {
    int mentions = 0;
    for (size_t i = from; i < reports.size(); ++i) {
      for (const haldane::v1::ProcessSample& sample : reports[i].processes()) {
        mentions += sample.process().pid() == pid;
      }
    }
    return mentions;
  }
};

}  // namespace haldane::testing
