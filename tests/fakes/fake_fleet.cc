#include "tests/fakes/fake_fleet.h"

#include <algorithm>
#include <cmath>
#include <csignal>

#include "absl/strings/str_cat.h"
#include "base/log_linear.h"

namespace haldane::testing {

size_t FakeFleet::Add(const Host& host) {
  members_.push_back(Member{.host = host, .epoch = 1000 + members_.size(), .pid = next_pid_++});
  return members_.size() - 1;
}

void FakeFleet::AddBothSides(int per_side, const Host& canary, const Host& baseline) {
  for (int i = 1; i <= per_side; ++i) {
    for (const bool is_canary : {true, false}) {
      Host host = is_canary ? canary : baseline;
      host.name = absl::StrCat(is_canary ? "canary-" : "baseline-", i);
      host.revision = is_canary ? "new" : "old";
      Add(host);
    }
  }
}

void FakeFleet::Serve() {
  const auto draw = [&](double mean) {
    return mean > 0 ? static_cast<uint64_t>(std::poisson_distribution<int64_t>(mean)(random_)) : 0;
  };
  for (Member& member : members_) {
    const Host& host = member.host;
    const uint64_t requests = draw(host.requests_per_second);
    const uint64_t errors = std::min(requests, draw(static_cast<double>(requests) * host.errors_per_request));
    const uint64_t exceptions = draw(static_cast<double>(requests) * host.exceptions_per_request);
    member.totals.set_http_requests(member.totals.http_requests() + requests);
    member.totals.set_http_5xx(member.totals.http_5xx() + errors);
    member.totals.set_exceptions(member.totals.exceptions() + exceptions);
    member.of_class += exceptions;
    if (!host.new_class.empty()) {
      const uint64_t raised = draw(static_cast<double>(requests) / host.new_class_every);
      member.totals.set_exceptions(member.totals.exceptions() + raised);
      member.of_new_class += raised;
    }
    if (host.latency_us > 0) {
      std::lognormal_distribution<double> latency(std::log(host.latency_us), 0.5);
      member.latency.resize(HALDANE_DURATION_BUCKETS);
      for (uint64_t i = 0; i < requests; ++i) {
        ++member.latency[haldane_duration_index(static_cast<uint64_t>(latency(random_)))];
      }
    }
    member.host.rss_bytes += host.rss_growth;
    member.host.age_seconds += 1;
    if (draw(host.crashes_per_second) > 0) Crash(&member);
  }
}

void FakeFleet::Crash(Member* member) {
  haldane::v1::ProcessSample last = SampleOf(*member);
  last.set_exited(true);
  last.mutable_exit()->set_signal(SIGSEGV);
  member->obituaries.push_back(std::move(last));
  member->pid = next_pid_++;
  member->totals.Clear();
  member->of_class = 0;
  member->of_new_class = 0;
  member->latency.clear();
  member->host.age_seconds = 0;
}

haldane::v1::ProcessSample FakeFleet::SampleOf(const Member& member) const {
  haldane::v1::ProcessSample process;
  process.mutable_process()->set_boot_id("boot");
  process.mutable_process()->set_pid(member.pid);
  process.mutable_process()->set_start_ns(1);
  const auto label = [&](const std::string& name, const std::string& value) {
    haldane::v1::Label* entry = process.add_labels();
    entry->set_name(name);
    entry->set_value(value);
  };
  label("revision", member.host.revision);
  label("service", "web");
  if (!member.host.zone.empty()) label("zone", member.host.zone);
  process.set_age_ms(static_cast<uint64_t>(member.host.age_seconds * 1000));
  process.set_counting(true);
  process.set_exception_source(member.host.source);
  *process.mutable_counters() = member.totals;
  const auto raised = [&](const std::string& name, uint64_t count) {
    if (count == 0) return;
    haldane::v1::ClassCount* entry = process.mutable_counters()->add_classes();
    entry->set_name(name);
    entry->set_count(count);
  };
  raised(member.host.exception_class, member.of_class);
  raised(member.host.new_class, member.of_new_class);
  for (size_t i = 0; i < member.latency.size(); ++i) {
    if (member.latency[i] == 0) continue;
    haldane::v1::Histogram::Bucket* bucket =
        process.mutable_counters()->mutable_http_latency()->add_buckets();
    bucket->set_index(static_cast<uint32_t>(i));
    bucket->set_count(member.latency[i]);
  }
  if (member.host.rss_bytes > 0) {
    process.mutable_gauges()->set_rss_bytes(static_cast<uint64_t>(member.host.rss_bytes));
  }
  return process;
}

haldane::v1::HostReport FakeFleet::ReportOf(size_t index) const {
  const Member& member = members_[index];
  haldane::v1::HostReport report;
  report.set_host(member.host.name);
  report.set_epoch(member.epoch);
  for (const haldane::v1::ProcessSample& obituary : member.obituaries) *report.add_processes() = obituary;
  *report.add_processes() = SampleOf(member);
  for (const haldane::v1::SignalGap& gap : member.host.gaps) *report.add_gaps() = gap;
  return report;
}

haldane::v1::Tick FakeFleet::Report() const {
  haldane::v1::Tick tick;
  for (size_t i = 0; i < members_.size(); ++i) {
    if (!members_[i].host.silent) *tick.add_hosts() = ReportOf(i);
  }
  std::sort(tick.mutable_hosts()->begin(), tick.mutable_hosts()->end(),
            [](const auto& a, const auto& b) { return a.host() < b.host(); });
  return tick;
}

void FakeFleet::RestartAgent(size_t index) {
  members_[index].epoch += 1000;
  members_[index].totals.Clear();
  members_[index].of_class = 0;
  members_[index].of_new_class = 0;
  members_[index].latency.clear();
}

}  // namespace haldane::testing
