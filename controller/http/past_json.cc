#include "controller/http/past_json.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/log.h"
#include "base/log_linear.h"
#include "base/status_macros.h"
#include "controller/evidence/cohort.h"
#include "controller/evidence/probe_source.h"
#include "controller/evidence/signal_values.h"
#include "controller/http/rpc_gateway.h"
#include "google/protobuf/util/time_util.h"
#include "plan/defaults.h"

namespace haldane::controller {
namespace {

using google::protobuf::util::TimeUtil;

constexpr size_t kMostProcesses = 2000;

void Append(std::string* array, absl::string_view item) {
  if (!array->empty()) array->push_back(',');
  array->append(item.data(), item.size());
}

void AppendNumber(std::string* array, double value) {
  Append(array, std::isfinite(value) ? absl::StrFormat("%.5g", value) : "null");
}

const char* CohortName(const std::optional<Cohort>& cohort) {
  if (!cohort) return "none";
  return *cohort == Cohort::kCanary ? "canary" : "baseline";
}

uint64_t Less(uint64_t total, uint64_t before) { return total > before ? total - before : 0; }

using Counts = std::vector<uint64_t>;

void AddBuckets(const haldane::v1::Histogram& latest, const haldane::v1::Histogram& before, Counts* counts) {
  Counts difference(HALDANE_DURATION_BUCKETS);
  for (const auto& bucket : latest.buckets()) {
    if (bucket.index() < difference.size()) difference[bucket.index()] = bucket.count();
  }
  for (const auto& bucket : before.buckets()) {
    if (bucket.index() < difference.size())
      difference[bucket.index()] = Less(difference[bucket.index()], bucket.count());
  }
  for (size_t i = 0; i < difference.size(); ++i) (*counts)[i] += difference[i];
}

}  // namespace

absl::Status PastJson::Add(const haldane::v1::LoggedEvent& logged) {
  haldane::v1::RolloutEvent event;
  if (!event.ParseFromString(logged.payload())) {
    return absl::DataLossError(absl::StrCat("event ", logged.sequence(), " of the log does not parse"));
  }
  const absl::Time time = absl::FromUnixNanos(TimeUtil::TimestampToNanoseconds(event.time()));
  // What a verdict was given on is drawn too.
  if (rollout_ != nullptr && !event.has_tick() && !rollout_->ended()) AddPoint(last_tick_);
  if (rollout_ == nullptr) {
    ASSIGN_OR_RETURN(rollout_, Rollout::Open(logged.payload()));
    for (const haldane::v1::SignalPlan& signal : rollout_->plan().signals()) {
      signals_.emplace_back().quantiles.resize(static_cast<size_t>(signal.quantiles_size()));
    }
  } else {
    RETURN_IF_ERROR(rollout_->Apply(logged.payload()));
  }
  sequence_ = logged.sequence();
  if (!event.has_tick()) {
    AddNote(logged.sequence(), std::move(event));
    return absl::OkStatus();
  }
  AddTick(event.tick());
  last_tick_ = time;
  if (time - last_point_ >= step_) AddPoint(time);
  return absl::OkStatus();
}

void PastJson::AddPoint(absl::Time time) {
  if (time == last_point_) return;
  last_point_ = time;
  const haldane::v1::Verdict verdict = rollout_->Judge();
  Append(&times_, absl::StrCat(absl::ToUnixMillis(time)));
  Append(&states_, JsonQuote(haldane::v1::RolloutState_Name(verdict.state())));
  AppendNumber(&combined_, verdict.combined_evidence());
  AppendNumber(&budget_, verdict.budget_spent());
  for (size_t s = 0; s < signals_.size(); ++s) {
    const bool there = static_cast<int>(s) < verdict.findings_size();
    const haldane::v1::Finding finding =
        there ? verdict.findings(static_cast<int>(s)) : haldane::v1::Finding();
    const bool known = there && finding.state() != haldane::v1::FINDING_STATE_NO_DATA;
    Series& series = signals_[s];
    AppendNumber(&series.ratio, known && finding.ratio() > 0 ? finding.ratio() : NAN);
    AppendNumber(&series.low, known ? finding.ratio_low() : NAN);
    AppendNumber(&series.high, known ? finding.ratio_high() : NAN);
    AppendNumber(&series.harm, known ? finding.harm_evidence() : NAN);
    AppendNumber(&series.clear, known ? finding.clear_evidence() : NAN);
    AppendNumber(&series.spent, finding.budget_spent());
    const bool drifts = known && finding.has_drift();
    AppendNumber(&series.drift, drifts ? finding.drift().per_hour() : NAN);
    AppendNumber(&series.drift_low, drifts ? finding.drift().low() : NAN);
    AppendNumber(&series.drift_high, drifts ? finding.drift().high() : NAN);
    for (size_t q = 0; q < series.quantiles.size(); ++q) {
      const bool measured = known && static_cast<int>(q) < finding.quantiles_size();
      const haldane::v1::QuantileFinding at =
          measured ? finding.quantiles(static_cast<int>(q)) : haldane::v1::QuantileFinding();
      AppendNumber(&series.quantiles[q].canary, measured ? at.canary() : NAN);
      AppendNumber(&series.quantiles[q].baseline, measured ? at.baseline() : NAN);
      AppendNumber(&series.quantiles[q].ratio, measured ? at.ratio() : NAN);
      AppendNumber(&series.quantiles[q].low, measured ? at.ratio_low() : NAN);
      AppendNumber(&series.quantiles[q].high, measured ? at.ratio_high() : NAN);
    }
  }
}

void PastJson::AddTick(const haldane::v1::Tick& tick) {
  const auto warmup_ms =
      static_cast<uint64_t>(absl::ToInt64Milliseconds(plan::FromProto(rollout_->plan().observe().warmup())));
  for (const haldane::v1::HostReport& host : tick.hosts()) {
    for (const haldane::v1::ProcessSample& sample : host.processes()) {
      const haldane::v1::ProcessKey& key = sample.process();
      Process& process = processes_[{host.host(), host.epoch(), key.boot_id(), key.pid(), key.start_ns()}];
      process.latest = sample;
      if (process.warm) continue;
      process.before = sample;
      process.warm = sample.age_ms() >= warmup_ms;
    }
  }
}

void PastJson::AddNote(uint64_t sequence, haldane::v1::RolloutEvent event) {
  // What is long, and to be had elsewhere.
  if (event.has_created()) {
    event.mutable_created()->clear_profile();
    event.mutable_created()->clear_history();
    event.mutable_created()->clear_plan();
  }
  if (event.has_verdict_reached()) event.mutable_verdict_reached()->mutable_verdict()->clear_findings();
  if (event.has_stage_passed()) event.mutable_stage_passed()->mutable_verdict()->clear_findings();
  Append(&notes_, absl::StrCat("{\"sequence\":\"", sequence, "\",\"event\":", ToJson(event), "}"));
}

std::string PastJson::Signals() const {
  std::string array;
  for (size_t s = 0; s < signals_.size(); ++s) {
    const Series& series = signals_[s];
    const haldane::v1::SignalPlan& plan = rollout_->plan().signals(static_cast<int>(s));
    std::string quantiles;
    for (size_t q = 0; q < series.quantiles.size(); ++q) {
      const Quantile& quantile = series.quantiles[q];
      Append(&quantiles,
             absl::StrCat("{\"quantile\":", plan.quantiles(static_cast<int>(q)), ",\"canary\":[",
                          quantile.canary, "],\"baseline\":[", quantile.baseline, "],\"ratio\":[",
                          quantile.ratio, "],\"low\":[", quantile.low, "],\"high\":[", quantile.high, "]}"));
    }
    Append(&array,
           absl::StrCat("{\"signal\":", JsonQuote(plan.name()), ",\"ratio\":[", series.ratio, "],\"low\":[",
                        series.low, "],\"high\":[", series.high, "],\"harm\":[", series.harm, "],\"clear\":[",
                        series.clear, "],\"spent\":[", series.spent, "],\"drift\":[", series.drift,
                        "],\"drift_low\":[", series.drift_low, "],\"drift_high\":[", series.drift_high,
                        "],\"quantiles\":[", quantiles, "]}"));
  }
  return array;
}

std::string PastJson::Processes() const {
  std::string array;
  size_t left = kMostProcesses;
  for (const auto& [id, process] : processes_) {
    if (left-- == 0) break;
    const haldane::v1::ProcessSample& latest = process.latest;
    const haldane::v1::Counters& now = latest.counters();
    const haldane::v1::Counters& before = process.before.counters();
    std::string labels;
    for (const haldane::v1::Label& label : latest.labels()) {
      Append(&labels, absl::StrCat("{\"name\":", JsonQuote(label.name()),
                                   ",\"value\":", JsonQuote(label.value()), "}"));
    }
    Append(
        &array,
        absl::StrCat(
            "{\"host\":", JsonQuote(std::get<0>(id)),
            ",\"cohort\":", JsonQuote(CohortName(CohortOf(rollout_->plan(), latest))),
            ",\"pid\":", latest.process().pid(), ",\"start_ns\":\"", latest.process().start_ns(),
            "\",\"labels\":[", labels, "],\"age_seconds\":", latest.age_ms() / 1000,
            ",\"exited\":", latest.exited() ? "true" : "false", ",\"exit_signal\":", latest.exit().signal(),
            ",\"counting\":", latest.counting() ? "true" : "false",
            ",\"warm\":", process.warm ? "true" : "false",
            ",\"exception_source\":", JsonQuote(SourceNames({latest.exception_source()})), ",\"requests\":\"",
            Less(now.http_requests(), before.http_requests()), "\",\"exceptions\":\"",
            Less(ReadSignal("ruby.exceptions", now)->events, ReadSignal("ruby.exceptions", before)->events),
            "\",\"http_5xx\":\"", Less(now.http_5xx(), before.http_5xx()), "\"}"));
  }
  return array;
}

// Buckets in which there is anything, with the shortest duration of each.
std::string PastJson::Latency() const {
  Counts canary(HALDANE_DURATION_BUCKETS), baseline(HALDANE_DURATION_BUCKETS);
  for (const auto& [id, process] : processes_) {
    const std::optional<Cohort> cohort = CohortOf(rollout_->plan(), process.latest);
    if (!cohort) continue;
    AddBuckets(process.latest.counters().http_latency(), process.before.counters().http_latency(),
               *cohort == Cohort::kCanary ? &canary : &baseline);
  }
  std::string buckets;
  for (uint32_t i = 0; i < HALDANE_DURATION_BUCKETS; ++i) {
    if (canary[i] + baseline[i] == 0) continue;
    Append(&buckets, absl::StrCat("{\"from_us\":\"", haldane_duration_edge(i), "\",\"to_us\":\"",
                                  haldane_duration_edge(i + 1), "\",\"canary\":\"", canary[i],
                                  "\",\"baseline\":\"", baseline[i], "\"}"));
  }
  return buckets;
}

std::string PastJson::Finish() {
  if (!rollout_->ended()) AddPoint(last_tick_);
  return absl::StrCat("{\"rollout\":", JsonQuote(rollout_->name()), ",\"sequence\":\"", sequence_,
                      "\",\"complete\":", complete_ ? "true" : "false", ",\"time_ms\":[", times_,
                      "],\"state\":[", states_, "],\"combined\":[", combined_, "],\"budget_spent\":[",
                      budget_, "],\"signals\":[", Signals(), "],\"events\":[", notes_, "],\"processes\":[",
                      Processes(), "],\"processes_left_out\":",
                      processes_.size() > kMostProcesses ? processes_.size() - kMostProcesses : 0,
                      ",\"latency\":[", Latency(), "]}");
}

}  // namespace haldane::controller
