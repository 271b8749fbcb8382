#include "controller/history/service_history.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "controller/evidence/exits.h"
#include "controller/evidence/signal_values.h"

namespace haldane::controller {
namespace {

using haldane::v1::ProcessSample;

constexpr int64_t kForgetEvery = 60;
// Unknown labels of a hostile host are not kept at any length.
constexpr size_t kMaxKey = 4096;
// A process may live and die between two reports.
constexpr uint64_t kNewMs = 60'000;

bool HasExceptionCounts(haldane::v1::ProbeSource source) {
  return source != haldane::v1::PROBE_SOURCE_UNSPECIFIED && source != haldane::v1::PROBE_SOURCE_NONE;
}

std::string KeyOf(const ServiceHistory::Gaps& gaps, const ProcessSample& sample) {
  std::string key = absl::StrCat(sample.exception_source());
  for (const haldane::v1::SignalGap& gap : gaps) absl::StrAppend(&key, " ", gap.signal());
  for (const haldane::v1::Label& label : sample.labels()) {
    absl::StrAppend(&key, "\n", label.name(), "=", label.value());
  }
  return key;
}

}  // namespace

bool Series::Counts(absl::string_view signal) const {
  if (NeedsExceptionProbe(signal) && !HasExceptionCounts(identity.exception_source())) return false;
  return std::find(gaps.begin(), gaps.end(), signal) == gaps.end();
}

UnitTick SeriesSecond::ToUnitTick(int unit) const {
  return UnitTick{.unit = unit,
                  .counters = CountersOf(logged.sums),
                  .process_seconds = static_cast<double>(logged.process_ms) / 1000,
                  .restarts = restarts,
                  .crashes = crashes,
                  .oom_kills = oom_kills};
}

ServiceHistory::~ServiceHistory() {
  for (auto& [name, host] : hosts_) {
    host.series.clear();
    CountBytes(name, host);
  }
}

void ServiceHistory::Observe(const std::string& name, uint64_t epoch, const Gaps& gaps,
                             const ProcessSample& sample) {
  Host& host = hosts_[name];
  if (host.epoch != epoch) host.processes.clear();
  host.epoch = epoch;
  host.heard = second_;

  const std::pair<uint32_t, uint64_t> key(sample.process().pid(), sample.process().start_ns());
  if (!sample.counting()) {
    host.processes.erase(key);  // nothing to continue from
    return;
  }
  const Process now = {RowOf(sample.counters()), sample.age_ms()};
  const auto [it, first] = host.processes.try_emplace(key, now);
  const Process before = std::exchange(it->second, now);
  if (sample.exited()) host.processes.erase(it);
  // An old process that is first heard of as it ends has been told of before.
  const bool ended = sample.exited() && (!first || now.age_ms < kNewMs);
  if (first && !ended) return;

  Series* const series = FindSeries(name, host, gaps, sample);
  if (series == nullptr) return;
  SeriesSecond& pending = PendingOf(series);
  pending.restarts += ended;
  pending.crashes += ended && IsCrash(sample.exit());
  pending.oom_kills += ended && sample.exit().out_of_memory();
  if (first || Shrank(before.totals, now.totals)) return;
  pending.logged.process_ms += now.age_ms - std::min(now.age_ms, before.age_ms);
  if (before.age_ms < kWarmMs) return;
  AddDifference(before.totals, now.totals, &pending.logged.sums);
  pending.logged.youngest_s =
      std::min<uint32_t>(pending.logged.youngest_s, std::min<uint64_t>(before.age_ms / 1000, UINT32_MAX));
}

Series* ServiceHistory::FindSeries(const std::string& name, Host& host, const Gaps& gaps,
                                   const ProcessSample& sample) {
  const std::string key = KeyOf(gaps, sample);
  const auto found = host.series.find(key);
  if (found != host.series.end()) return found->second.get();
  if (key.size() > kMaxKey || (host.series.size() >= kMaxSeries && !MakeRoom(host))) return nullptr;
  auto series = std::make_unique<Series>();
  series->host = name;
  *series->identity.mutable_labels() = sample.labels();
  series->identity.set_exception_source(sample.exception_source());
  for (const haldane::v1::Label& label : sample.labels()) {
    if (label.name() == "revision") series->revision = label.value();
  }
  for (const haldane::v1::SignalGap& gap : gaps) series->gaps.push_back(gap.signal());
  return host.series.emplace(key, std::move(series)).first->second.get();
}

// Drops the series that has been silent the longest, if any is silent.
bool ServiceHistory::MakeRoom(Host& host) {
  auto oldest = host.series.end();
  for (auto it = host.series.begin(); it != host.series.end(); ++it) {
    const Series& series = *it->second;
    if (pending_of_.count(&series) != 0 || (!series.log.empty() && series.log.last() >= second_)) continue;
    if (oldest == host.series.end() || series.log.last() < oldest->second->log.last()) oldest = it;
  }
  if (oldest == host.series.end()) return false;
  host.series.erase(oldest);
  return true;
}

SeriesSecond& ServiceHistory::PendingOf(Series* series) {
  const auto [it, first] = pending_of_.try_emplace(series, pending_.size());
  if (first) pending_.push_back({.series = series, .logged = {.youngest_s = UINT32_MAX}});
  return pending_[it->second];
}

absl::Span<const SeriesSecond> ServiceHistory::EndSecond(int64_t second) {
  if (second_ == 0) {
    for (auto& [name, host] : hosts_) host.heard = second;
  }
  second_ = second;
  ended_.clear();
  ended_.swap(pending_);
  pending_of_.clear();
  for (SeriesSecond& ended : ended_) {
    ended.logged.second = second;
    Keep(ended);
  }
  if (second % kForgetEvery == 0) Forget(second);
  return ended_;
}

void ServiceHistory::Keep(const SeriesSecond& second) {
  Host& host = hosts_.at(second.series->host);
  for (auto& [key, series] : host.series) {
    if (series.get() == second.series) series->log.Append(second.logged);
  }
  CountBytes(second.series->host, host);
  // What is oldest goes first, from all series of this service alike.
  while ((*host_bytes_)[second.series->host] > kMaxHostBytes) {
    for (auto& [key, series] : host.series) series->log.ForgetOldest();
    const size_t before = host.bytes;
    CountBytes(second.series->host, host);
    if (host.bytes >= before) return;  // the others' logs fill the host
  }
}

void ServiceHistory::CountBytes(const std::string& name, Host& host) {
  size_t bytes = 0;
  for (const auto& [key, series] : host.series) bytes += series->log.bytes();
  size_t& all = (*host_bytes_)[name];
  all += bytes - host.bytes;
  host.bytes = bytes;
  if (all == 0) host_bytes_->erase(name);
}

void ServiceHistory::Forget(int64_t second) {
  for (auto host = hosts_.begin(); host != hosts_.end();) {
    auto& series = host->second.series;
    for (auto it = series.begin(); it != series.end();) {
      it->second->log.Forget(second);
      // What ended this second is still referred to.
      it = it->second->log.empty() ? series.erase(it) : std::next(it);
    }
    CountBytes(host->first, host->second);
    const bool gone = series.empty() && second - host->second.heard > SecondLog::kSeconds;
    host = gone ? hosts_.erase(host) : std::next(host);
  }
}

std::vector<std::string> ServiceHistory::HostsOf(absl::string_view revision, int64_t second) const {
  std::vector<std::string> hosts;
  for (const auto& [name, host] : hosts_) {
    const bool runs = std::any_of(host.series.begin(), host.series.end(), [&](const auto& entry) {
      const Series& series = *entry.second;
      return series.revision == revision && !series.log.empty() && series.log.last() > second - kForgetEvery;
    });
    if (runs) hosts.push_back(name);
  }
  return hosts;
}

size_t ServiceHistory::BytesOf(const std::string& name) const {
  const auto found = hosts_.find(name);
  if (found == hosts_.end()) return 0;
  constexpr size_t kNode = 48;  // of a std::map, about
  const Host& host = found->second;
  size_t sum = sizeof(Host) + kNode + name.size() + host.processes.size() * (sizeof(Process) + 16 + kNode);
  for (const auto& [key, series] : host.series) {
    sum += kNode + 2 * key.size() + sizeof(Series) + series->log.bytes() + series->identity.SpaceUsedLong();
  }
  return sum;
}

}  // namespace haldane::controller
