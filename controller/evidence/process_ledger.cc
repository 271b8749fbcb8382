#include "controller/evidence/process_ledger.h"

#include <utility>

namespace haldane::controller {
namespace {

using haldane::v1::Counters;

bool Shrank(const Counters& before, const Counters& now) {
  return now.http_requests() < before.http_requests() || now.http_4xx() < before.http_4xx() ||
         now.http_5xx() < before.http_5xx() || now.exceptions() < before.exceptions() ||
         now.exceptions_control_flow() < before.exceptions_control_flow();
}

Counters Subtract(const Counters& now, const Counters& before) {
  Counters difference;
  difference.set_http_requests(now.http_requests() - before.http_requests());
  difference.set_http_4xx(now.http_4xx() - before.http_4xx());
  difference.set_http_5xx(now.http_5xx() - before.http_5xx());
  difference.set_exceptions(now.exceptions() - before.exceptions());
  difference.set_exceptions_control_flow(now.exceptions_control_flow() - before.exceptions_control_flow());
  return difference;
}

}  // namespace

std::optional<ProcessLedger::Difference> ProcessLedger::Observe(const haldane::v1::HostReport& report,
                                                                const haldane::v1::ProcessSample& sample) {
  const haldane::v1::ProcessKey& process = sample.process();
  const Key key(report.host(), report.epoch(), process.boot_id(), process.pid(), process.start_ns());
  if (!sample.counting()) {
    last_.erase(key);  // what it does now is not counted, so there is nothing to continue from
    return std::nullopt;
  }

  const auto [it, first] = last_.try_emplace(key);
  Last& last = it->second;
  std::optional<Difference> difference;
  if (!first && Shrank(last.totals, sample.counters())) {
    ++impossible_;
  } else if (!first) {
    difference = Difference{.counters = Subtract(sample.counters(), last.totals), .from_age_ms = last.age_ms};
  }

  // Only the largest classes are reported, so a class may be absent now and
  // come back: its last count is kept until it does.
  for (const haldane::v1::ClassCount& entry : sample.counters().classes()) {
    uint64_t& before = last.classes[entry.name()];
    if (difference && entry.count() > before) {
      haldane::v1::ClassCount* grown = difference->counters.add_classes();
      grown->set_name(entry.name());
      grown->set_count(entry.count() - before);
    }
    before = entry.count();
  }
  last.totals = sample.counters();
  last.totals.clear_classes();
  last.age_ms = sample.age_ms();
  if (sample.exited()) last_.erase(it);
  return difference;
}

}  // namespace haldane::controller
