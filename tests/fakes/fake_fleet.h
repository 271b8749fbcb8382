#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "haldane/v1/event.pb.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::testing {

// A fleet of pretended hosts whose processes serve requests at given rates: the
// numbers that real agents would report, without a kernel. Deterministic for a
// seed on one standard library; time is what the caller says.
class FakeFleet {
 public:
  struct Host {
    std::string name;
    std::string revision;
    double requests_per_second = 200;
    double exceptions_per_request = 0.02;
    double errors_per_request = 0.005;  // 5xx
    std::string exception_class = "Errno::ENOENT";
    haldane::v1::ProbeSource source = haldane::v1::PROBE_SOURCE_USDT;
    double age_seconds = 600;
    bool silent = false;
    double latency_us = 0;  // median of a log-normal; 0 reports none
    std::string new_class;  // raised once per `new_class_every` requests on average, if named
    double new_class_every = 100;
    double crashes_per_second = 0;  // SIGSEGV; another process takes its place
    double rss_bytes = 0;           // 0 reports none
    double rss_growth = 0;          // bytes per second
    std::string zone;               // a label, if not empty
    std::vector<haldane::v1::SignalGap> gaps;
  };

  explicit FakeFleet(uint64_t seed) : random_(seed) {}

  // Adds a host with one process of service "web". Index for host().
  size_t Add(const Host& host);
  Host& host(size_t index) { return members_[index].host; }
  size_t size() const { return members_.size(); }
  // Everything that a host has served since its agent began to count.
  const haldane::v1::Counters& totals(size_t index) const { return members_[index].totals; }
  // `per_side` canary hosts of revision "new", as many baseline hosts of "old".
  void AddBothSides(int per_side, const Host& canary, const Host& baseline);

  // Lets one second pass: every host serves its traffic, silent ones too.
  void Serve();
  // What the hosts that are not silent report now.
  haldane::v1::Tick Report() const;
  haldane::v1::HostReport ReportOf(size_t index) const;

  // The agent of a host restarts: new epoch, totals from zero.
  void RestartAgent(size_t index);

 private:
  struct Member {
    Host host;
    uint64_t epoch;
    haldane::v1::Counters totals;
    uint64_t of_class = 0;
    uint64_t of_new_class = 0;
    uint32_t pid = 0;
    std::vector<uint64_t> latency;                       // by bucket
    std::vector<haldane::v1::ProcessSample> obituaries;  // of processes that crashed
  };
  haldane::v1::ProcessSample SampleOf(const Member& member) const;
  void Crash(Member* member);
  uint32_t next_pid_ = 100;

  std::mt19937_64 random_;
  std::vector<Member> members_;
};

}  // namespace haldane::testing
