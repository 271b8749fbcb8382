#include "controller/evidence/process_ledger.h"

#include <algorithm>

#include "controller/evidence/counters.h"

namespace haldane::controller {
namespace {

using haldane::v1::ClassCount;
using haldane::v1::Counters;
using ClassCounts = google::protobuf::RepeatedPtrField<ClassCount>;

// Only the largest classes are reported, so a class may be absent now and come
// back: its last count is kept in `last` until it does.
void AdvanceClasses(const ClassCounts& now, std::map<std::string, uint64_t>* last, ClassCounts* grown) {
  for (const ClassCount& entry : now) {
    uint64_t& before = (*last)[entry.name()];
    if (grown != nullptr && entry.count() > before) {
      ClassCount* difference = grown->Add();
      difference->set_name(entry.name());
      difference->set_count(entry.count() - before);
    }
    before = entry.count();
  }
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
    difference = Difference{.counters = Subtract(sample.counters(), last.totals),
                            .from_age_ms = last.age_ms,
                            .elapsed_ms = sample.age_ms() - std::min(sample.age_ms(), last.age_ms)};
  }

  Counters* const grown = difference ? &difference->counters : nullptr;
  AdvanceClasses(sample.counters().classes(), &last.classes, grown ? grown->mutable_classes() : nullptr);
  AdvanceClasses(sample.counters().sys_error_classes(), &last.error_classes,
                 grown ? grown->mutable_sys_error_classes() : nullptr);
  last.totals = sample.counters();
  last.totals.clear_classes();
  last.totals.clear_sys_error_classes();
  last.age_ms = sample.age_ms();
  if (sample.exited()) last_.erase(it);
  return difference;
}

}  // namespace haldane::controller
