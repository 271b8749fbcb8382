#include "controller/verdict/missing.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "controller/evidence/probe_source.h"
#include "controller/evidence/signal_values.h"
#include "plan/defaults.h"
#include "plan/signals.h"

namespace haldane::controller {
namespace {

using haldane::v1::MissingPolicy;
using haldane::v1::Plan;

// Beyond this share of lost events a host's rates mean nothing.
constexpr double kMostLost = 0.01;
constexpr uint64_t kFewLost = 10;

const char* Word(Cohort cohort) { return cohort == Cohort::kCanary ? "canary" : "baseline"; }

// Why a cohort has nothing to divide events by.
Missing NoData(const Plan& plan, const Evidence& evidence, Cohort cohort) {
  const absl::Duration warmup = plan::FromProto(plan.observe().warmup());
  bool any = false, live = false, warm = false;
  absl::Time since = evidence.first_tick();
  for (const Unit& unit : evidence.units()) {
    if (unit.cohort != cohort) continue;
    any = true;
    since = std::max(since, unit.last_traffic);
    for (const auto& [process, start] : unit.process_starts) {
      live = true;
      warm |= evidence.last_tick() - start >= warmup;
    }
  }
  if (any && !live) {
    return {haldane::v1::MISSING_CAUSE_PROCESS_GONE,
            absl::StrCat("all ", Word(cohort), " processes have ended"), since};
  }
  if (live && !warm) {
    return {haldane::v1::MISSING_CAUSE_WARMING,
            absl::StrCat("all ", Word(cohort), " processes are younger than the warm-up of ",
                         absl::FormatDuration(warmup)),
            since};
  }
  return {haldane::v1::MISSING_CAUSE_NO_TRAFFIC,
          absl::StrCat("no traffic yet on warm ", Word(cohort), " processes"), since};
}

std::optional<Missing> Lost(const Evidence& evidence) {
  for (const Unit& unit : evidence.units()) {
    const double most = kMostLost * static_cast<double>(unit.totals.http_requests() + 1);
    if (unit.lost <= kFewLost || static_cast<double>(unit.lost) <= most) continue;
    return Missing{
        haldane::v1::MISSING_CAUSE_LOST,
        absl::StrCat("host ", unit.host, " lost ", unit.lost,
                     " responses: see response_* in haldane_agent_events_dropped_total of its agent"),
        evidence.first_tick()};
  }
  return std::nullopt;
}

// What a host itself says that it does not count.
std::optional<Missing> Gap(const Evidence& evidence, const std::string& signal) {
  for (const Unit& unit : evidence.units()) {
    if (unit.process_starts.empty()) continue;
    auto gap = unit.gaps.find(signal);
    if (gap == unit.gaps.end() && NeedsExceptionProbe(signal)) gap = unit.gaps.find("ruby.exceptions");
    if (gap == unit.gaps.end()) continue;
    const bool shed = gap->second.gap.cause() == haldane::v1::SignalGap::CAUSE_SHED;
    return Missing{shed ? haldane::v1::MISSING_CAUSE_SHED : haldane::v1::MISSING_CAUSE_PROBE_MISSING,
                   absl::StrCat("host ", unit.host, " does not count it: ", gap->second.gap.detail()),
                   gap->second.since};
  }
  return std::nullopt;
}

std::optional<Missing> ProbeTrouble(const Evidence& evidence) {
  std::set<haldane::v1::ProbeSource> sources;
  for (const Unit& unit : evidence.units()) {
    sources.insert(unit.sources.begin(), unit.sources.end());
    if (unit.sources.contains(haldane::v1::PROBE_SOURCE_NONE) ||
        unit.sources.contains(haldane::v1::PROBE_SOURCE_UNSPECIFIED)) {
      return Missing{
          haldane::v1::MISSING_CAUSE_PROBE_MISSING,
          absl::StrCat("host ", unit.host,
                       " has no exception probe on a Ruby of this service: run haldane doctor there"),
          evidence.first_tick()};
    }
  }
  if (sources.size() > 1) {
    return Missing{haldane::v1::MISSING_CAUSE_MIXED_SOURCES,
                   absl::StrCat("exceptions are counted by different kinds of probe (", SourceNames(sources),
                                "), whose counts are not comparable"),
                   evidence.first_tick()};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Missing> FindMissing(const Plan& plan, const Evidence& evidence, int s) {
  const std::string& signal = plan.signals(s).name();
  // A gap explains why there are no data, so it is looked at first.
  if (std::optional<Missing> gap = Gap(evidence, signal)) return gap;
  for (const Cohort cohort : {Cohort::kCanary, Cohort::kBaseline}) {
    if (!evidence.signal(s).HasData(cohort)) return NoData(plan, evidence, cohort);
  }
  if (std::optional<Missing> lost = Lost(evidence)) return lost;
  if (NeedsExceptionProbe(signal)) return ProbeTrouble(evidence);
  return std::nullopt;
}

MissingPolicy PolicyFor(const Plan& plan, haldane::v1::MissingCause cause) {
  switch (cause) {
    case haldane::v1::MISSING_CAUSE_NO_TRAFFIC:
    case haldane::v1::MISSING_CAUSE_PROCESS_GONE:
      return plan.on_missing().no_traffic();
    case haldane::v1::MISSING_CAUSE_AGENT_SILENT:
      return plan.on_missing().agent_silent();
    case haldane::v1::MISSING_CAUSE_PROBE_MISSING:
    case haldane::v1::MISSING_CAUSE_SHED:
    case haldane::v1::MISSING_CAUSE_LOST:
    case haldane::v1::MISSING_CAUSE_MIXED_SOURCES:
      return plan.on_missing().probe_missing();
    default:
      return haldane::v1::MISSING_POLICY_WAIT;
  }
}

std::vector<std::string> SilentHosts(const Evidence& evidence, Cohort cohort, absl::Time now) {
  std::vector<std::string> silent;
  for (const Unit& unit : evidence.units()) {
    if (unit.cohort == cohort && !unit.process_starts.empty() && now - unit.last_report > kSilentAfter) {
      silent.push_back(unit.host);
    }
  }
  return silent;
}

}  // namespace haldane::controller
