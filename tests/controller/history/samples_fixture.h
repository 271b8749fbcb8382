#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "controller/history/service_history.h"
#include "haldane/v1/telemetry.pb.h"
#include "tests/controller/agent_messages.h"

namespace haldane::testing {

// A host with one process.
struct PretendedHost {
  std::string name;
  std::string revision = "old";
  double requests = 100;                 // a second
  double errors_per_request = 0;         // 5xx
  double exceptions_per_request = 0.05;  // ruby.exceptions
  uint64_t age_ms = 600'000;
  uint64_t epoch = 7;
  uint32_t pid = 1;
  haldane::v1::ProbeSource source = haldane::v1::PROBE_SOURCE_USDT;
  bool silent = false;
};

// Feeds a ServiceHistory as the controller does, one second at a time: hosts
// with one process each that serve requests at given rates.
class PretendedService {
 public:
  explicit PretendedService(uint64_t seed = 1) : random_(seed) {}

  // `count` hosts named web-1, web-2, ...
  void AddHosts(int count, const PretendedHost& like = {});
  PretendedHost& host(size_t index) { return members_[index].host; }
  size_t size() const { return members_.size(); }
  // A restart: another process with counts from zero.
  void Restart(size_t index, const std::string& revision);

  // Everything that has not been drawn at random is exact.
  bool exact = false;

  // One second passes; what it brought, as EndSecond returns it.
  absl::Span<const controller::SeriesSecond> Second();
  int64_t now() const { return second_; }

  controller::ServiceHistory::HostBytes host_bytes;
  controller::ServiceHistory history{&host_bytes};

 private:
  struct Member {
    PretendedHost host;
    haldane::v1::Counters totals;
  };
  uint64_t Draw(double mean);

  std::mt19937_64 random_;
  std::vector<Member> members_;
  int64_t second_ = 1000;
};

// A plan that compares revision "new" with "old" of service "web" by these
// signals.
haldane::v1::Plan HistoryPlan(std::initializer_list<const char*> signals);

}  // namespace haldane::testing
