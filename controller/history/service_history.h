#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "controller/evidence/unit_tick.h"
#include "controller/history/second_log.h"
#include "haldane/v1/plan.pb.h"
#include "haldane/v1/profile.pb.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::controller {

// Processes of one service on one host that may be added up: they carry the
// same labels, and the same signals of theirs are counted in the same way.
struct Series {
  std::string host;
  haldane::v1::ProcessSample identity;  // labels and exception_source alone
  std::string revision;                 // value of the label "revision"; empty without
  std::vector<std::string> gaps;        // signals that are not counted
  SecondLog log;

  // False when this signal's events are unknown here, not zero.
  bool Counts(absl::string_view signal) const;
};

// What a series did in the second that has just passed. Totals are of warm
// processes only; the rest is of all.
struct SeriesSecond {
  const Series* series = nullptr;
  LoggedSecond logged;
  uint32_t restarts = 0;
  uint32_t crashes = 0;
  uint32_t oom_kills = 0;

  UnitTick ToUnitTick(int unit) const;
};

// The last ten minutes of one service, host by host, in rollouts and between
// them. Fed once a second with what processes have said; turns totals into
// differences as ProcessLedger does, but keeps neither classes nor
// distributions, forgets hosts and epochs that are gone, and takes a few bytes
// a second: a service that is watched for years must fit in 64 KiB per agent.
//
// The first 45 seconds in a process's life are left out: it warms up. Seconds
// are those of one monotonic clock. Pure; not thread-safe.
class ServiceHistory {
 public:
  // Bytes of logs on one host, over the services that share `host_bytes`: where
  // a host says more than fits, less than ten minutes are kept.
  static constexpr size_t kMaxHostBytes = 32 << 10;
  // Sets of processes on one host. Further ones replace the longest silent one,
  // or are left out while none is silent.
  static constexpr size_t kMaxSeries = 8;
  // Hosts in an extract.
  static constexpr size_t kMaxExtracted = 100;
  static constexpr uint64_t kWarmMs = 45'000;

  using HostBytes = std::map<std::string, size_t>;
  using Gaps = google::protobuf::RepeatedPtrField<haldane::v1::SignalGap>;

  // `host_bytes` outlives it.
  explicit ServiceHistory(HostBytes* host_bytes) : host_bytes_(host_bytes) {}
  ~ServiceHistory();
  ServiceHistory(const ServiceHistory&) = delete;
  ServiceHistory& operator=(const ServiceHistory&) = delete;

  // What a process of the service has said since the last EndSecond.
  // REQUIRES: an epoch that was replaced by another does not come back.
  void Observe(const std::string& host, uint64_t epoch, const Gaps& gaps,
               const haldane::v1::ProcessSample& sample);
  // The second is over: logs what was observed and returns it, valid until the
  // next call of anything. REQUIRES: `second` grows with every call.
  absl::Span<const SeriesSecond> EndSecond(int64_t second);

  // The past of hosts whose processes matched the plan's baseline, for its
  // rates, where processes were as old as its warm-up asks. Of many hosts those
  // that run the canary first, then a choice that depends on their names alone.
  // `second`: as in EndSecond, not before the last one. `only`: hosts to choose
  // from, sorted; all when empty.
  haldane::v1::History Extract(const haldane::v1::Plan& plan, int64_t second,
                               absl::Span<const std::string> only = {}) const;

  // Hosts that had processes of the revision in the last minute, sorted.
  std::vector<std::string> HostsOf(absl::string_view revision, int64_t second) const;
  // Memory of one host's part, about.
  size_t BytesOf(const std::string& host) const;

 private:
  struct Process {
    TotalsRow totals;
    uint64_t age_ms;
  };
  struct Host {
    uint64_t epoch = 0;
    int64_t heard = 0;                                           // second
    std::map<std::pair<uint32_t, uint64_t>, Process> processes;  // by pid and start
    std::map<std::string, std::unique_ptr<Series>> series;       // by what they may be added up by
    size_t bytes = 0;                                            // of their logs, as in host_bytes_
  };

  Series* FindSeries(const std::string& name, Host& host, const Gaps& gaps,
                     const haldane::v1::ProcessSample& sample);
  bool MakeRoom(Host& host);
  SeriesSecond& PendingOf(Series* series);
  void Keep(const SeriesSecond& second);
  void CountBytes(const std::string& name, Host& host);
  void Forget(int64_t second);

  HostBytes* const host_bytes_;
  std::map<std::string, Host> hosts_;
  std::vector<SeriesSecond> pending_;           // this second
  std::map<const Series*, size_t> pending_of_;  // index in it
  std::vector<SeriesSecond> ended_;             // the second before
  int64_t second_ = 0;
};

}  // namespace haldane::controller
