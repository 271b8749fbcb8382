#include "tests/fakes/fake_fleet.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace haldane::testing {

size_t FakeFleet::Add(const Host& host) {
  members_.push_back(Member{.host = host, .epoch = 1000 + members_.size()});
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
    member.host.age_seconds += 1;
  }
}

haldane::v1::HostReport FakeFleet::ReportOf(size_t index) const {
  const Member& member = members_[index];
  haldane::v1::HostReport report;
  report.set_host(member.host.name);
  report.set_epoch(member.epoch);
  haldane::v1::ProcessSample* process = report.add_processes();
  process->mutable_process()->set_boot_id("boot");
  process->mutable_process()->set_pid(100 + static_cast<uint32_t>(index));
  process->mutable_process()->set_start_ns(1);
  for (const auto& [name, value] : {std::pair<std::string, std::string>{"revision", member.host.revision},
                                    std::pair<std::string, std::string>{"service", "web"}}) {
    haldane::v1::Label* label = process->add_labels();
    label->set_name(name);
    label->set_value(value);
  }
  process->set_age_ms(static_cast<uint64_t>(member.host.age_seconds * 1000));
  process->set_counting(true);
  process->set_exception_source(member.host.source);
  *process->mutable_counters() = member.totals;
  if (member.of_class > 0) {
    haldane::v1::ClassCount* entry = process->mutable_counters()->add_classes();
    entry->set_name(member.host.exception_class);
    entry->set_count(member.of_class);
  }
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
}

}  // namespace haldane::testing
