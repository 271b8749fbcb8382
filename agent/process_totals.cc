#include "agent/process_totals.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "agent/ruby/control_flow.h"
#include "base/utf8.h"

namespace haldane::agent {
namespace {

constexpr size_t kMaxClasses = 64;
constexpr size_t kMaxNames = 256;
constexpr size_t kMaxNameBytes = 120;
constexpr char kAnonymousClass[] = "(anonymous class)";

bool SameCounts(const ProcessReading& a, const ProcessReading& b) {
  const auto same_klass = [](const KlassCount& x, const KlassCount& y) {
    return x.klass == y.klass && x.image == y.image && x.count == y.count;
  };
  return a.exceptions == b.exceptions && a.exceptions_other == b.exceptions_other &&
         a.http_requests == b.http_requests && a.http_4xx == b.http_4xx && a.http_5xx == b.http_5xx &&
         a.classes == b.classes && a.counts == b.counts && a.levels == b.levels &&
         std::equal(a.klasses.begin(), a.klasses.end(), b.klasses.begin(), b.klasses.end(), same_klass);
}

// The name as the wire takes it: it was read from a process that may hold anything.
std::string Clean(absl::string_view name) {
  std::string clean;
  while (!name.empty()) {
    const size_t length = Utf8Length(name);
    if (clean.size() + std::max<size_t>(length, 1) > kMaxNameBytes) break;
    const bool printable = length > 1 || (length == 1 && name[0] > ' ' && name[0] != 0x7F);
    clean.append(printable ? std::string(name.substr(0, length)) : "?");
    name.remove_prefix(std::max<size_t>(length, 1));
  }
  return clean;
}

uint64_t CountOf(const std::vector<std::pair<std::string, uint64_t>>& classes, const std::string& name) {
  for (const auto& [other, count] : classes) {
    if (other == name) return count;
  }
  return 0;
}

uint64_t CountOf(const std::vector<KlassCount>& klasses, const KlassCount& klass) {
  for (const KlassCount& other : klasses) {
    if (other.klass == klass.klass && other.image == klass.image) return other.count;
  }
  return 0;
}

constexpr const char* kSysErrorClasses[] = {
#define HALDANE_SYS_ERROR_NAME(name, text) text,
    HALDANE_SYS_ERROR_CLASS_LIST(HALDANE_SYS_ERROR_NAME)
#undef HALDANE_SYS_ERROR_NAME
};

void AddTo(const DurationBuckets& durations, haldane::v1::Histogram* histogram) {
  for (const auto& [index, count] : durations) {
    haldane::v1::Histogram::Bucket* bucket = histogram->add_buckets();
    bucket->set_index(index);
    bucket->set_count(count);
  }
}

void AddTo(const SignalCounts& counts, haldane::v1::Counters* counters) {
  if (!counts.http_latency.empty()) AddTo(counts.http_latency, counters->mutable_http_latency());
  if (!counts.gc_pause.empty()) AddTo(counts.gc_pause, counters->mutable_gc_pause());
  counters->set_gc_runs(counts.gc_runs);
  counters->set_loads(counts.loads);
  counters->set_vm_entries(counts.vm_entries);
  counters->set_vm_entries_requests(counts.vm_entries_requests);
  counters->set_signals(counts.signals);
  counters->set_major_faults(counts.major_faults);
  counters->set_tcp_retransmits(counts.tcp_retransmits);
  counters->set_tcp_resets(counts.tcp_resets);
  counters->set_tcp_connect_failures(counts.tcp_connect_failures);
  counters->set_cpu_us(counts.cpu_us);
  uint64_t errors = 0;
  for (size_t i = 0; i < counts.sys_errors.size(); ++i) {
    errors += counts.sys_errors[i];
    if (counts.sys_errors[i] == 0) continue;
    haldane::v1::ClassCount* entry = counters->add_sys_error_classes();
    entry->set_name(kSysErrorClasses[i]);
    entry->set_count(counts.sys_errors[i]);
  }
  counters->set_sys_errors(errors);
}

}  // namespace

bool ProcessTotals::Add(const ProcessReading& reading, const ClassNamer& namer) {
  if (SameCounts(reading, last_)) return false;
  http_requests_ += Beyond(reading.http_requests, last_.http_requests);
  http_4xx_ += Beyond(reading.http_4xx, last_.http_4xx);
  http_5xx_ += Beyond(reading.http_5xx, last_.http_5xx);
  exceptions_ += Beyond(reading.exceptions, last_.exceptions);
  other_ += Beyond(reading.exceptions_other, last_.exceptions_other);
  AddBeyond(reading.counts, last_.counts, &counts_);
  AddClasses(reading, namer);
  last_ = reading;
  return true;
}

void ProcessTotals::AddClasses(const ProcessReading& reading, const ClassNamer& namer) {
  if (reading.execs != image_) names_.clear();
  image_ = reading.execs;
  for (const auto& [name, count] : reading.classes) {
    Attribute(name, Beyond(count, CountOf(last_.classes, name)));
  }
  for (const KlassCount& klass : reading.klasses) {
    const uint64_t count = Beyond(klass.count, CountOf(last_.klasses, klass));
    if (count == 0) continue;
    std::string name;
    if (klass.image == image_) {
      const auto known = names_.find(klass.klass);
      name = known != names_.end() ? known->second : namer(klass.klass);
      if (known == names_.end() && !name.empty() && names_.size() < kMaxNames) names_[klass.klass] = name;
    }
    Attribute(name, count);
  }
}

void ProcessTotals::Restart() { last_ = ProcessReading(); }

void ProcessTotals::Attribute(absl::string_view name, uint64_t count) {
  if (count == 0) return;
  // Every anonymous class has a name of its own, with its address in it; each
  // would take a place for good.
  const std::string clean = absl::StartsWith(name, "#<") ? kAnonymousClass : Clean(name);
  if (IsControlFlow(clean)) control_flow_ += count;
  if (!clean.empty() && (classes_.size() < kMaxClasses || classes_.count(clean) > 0)) {
    classes_[clean] += count;
  } else {
    other_ += count;
  }
}

haldane::v1::Counters ProcessTotals::ToProto() const {
  haldane::v1::Counters counters;
  // The parts may be read a moment after the whole, and be ahead of it.
  counters.set_http_requests(std::max(http_requests_, http_4xx_ + http_5xx_));
  counters.set_http_4xx(http_4xx_);
  counters.set_http_5xx(http_5xx_);
  counters.set_exceptions(std::max(exceptions_, control_flow_));
  counters.set_exceptions_control_flow(control_flow_);
  counters.set_exceptions_other(other_);
  std::vector<std::pair<std::string, uint64_t>> classes(classes_.begin(), classes_.end());
  std::stable_sort(classes.begin(), classes.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (auto& [name, count] : classes) {
    haldane::v1::ClassCount* entry = counters.add_classes();
    entry->set_name(std::move(name));
    entry->set_count(count);
  }
  AddTo(counts_, &counters);
  return counters;
}

std::optional<haldane::v1::Gauges> ProcessTotals::Levels() const {
  if (!last_.levels) return std::nullopt;
  haldane::v1::Gauges gauges;
  gauges.set_rss_bytes(last_.levels->rss_bytes);
  gauges.set_fds(last_.levels->fds);
  gauges.set_threads(last_.levels->threads);
  return gauges;
}

}  // namespace haldane::agent
