#include "agent/metrics.h"

#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>
#include <sys/resource.h>

#include <exception>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/own_memory.h"
#include "rpc/credentials.h"

namespace haldane::agent {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

ClientMetric Value(MetricType type, double value) {
  ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return metric;
}

ClientMetric Labelled(MetricType type, const char* label, const std::string& of, double value) {
  ClientMetric metric = Value(type, value);
  metric.label.push_back({label, of});
  return metric;
}

MetricFamily Family(const char* name, const char* help, MetricType type, std::vector<ClientMetric> metrics) {
  return {absl::StrCat("haldane_agent_", name), help, type, std::move(metrics)};
}

double CpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// PROBE_SOURCE_USDT -> usdt.
std::string ShortName(haldane::v1::ProbeSource source) {
  const std::string& name = haldane::v1::ProbeSource_Name(source);
  return absl::AsciiStrToLower(absl::StripPrefix(name, "PROBE_SOURCE_"));
}

}  // namespace

void AgentMetrics::Publish(MetricsSnapshot snapshot) {
  absl::MutexLock lock(&mutex_);
  snapshot_ = std::move(snapshot);
}

std::vector<MetricFamily> AgentMetrics::Collect() const {
  MetricsSnapshot now;
  {
    absl::MutexLock lock(&mutex_);
    now = snapshot_;
  }
  constexpr MetricType kGauge = MetricType::Gauge;
  constexpr MetricType kCounter = MetricType::Counter;
  std::vector<ClientMetric> drops, probes;
  for (const auto& [site, count] : now.drops) {
    drops.push_back(Labelled(kCounter, "site", site, static_cast<double>(count)));
  }
  for (const auto& [source, count] : now.probes) {
    probes.push_back(Labelled(kGauge, "source", ShortName(source), count));
  }
  return {
      Family("processes_found", "Live Ruby processes in scope.", kGauge,
             {Value(kGauge, now.processes_found)}),
      Family("processes_counted", "Processes whose every signal is being counted.", kGauge,
             {Value(kGauge, now.processes_counted)}),
      Family("processes_unreadable", "Processes that the last scan may not examine.", kGauge,
             {Value(kGauge, now.processes_unreadable)}),
      Family("probes_attached", "Raise probes that are attached, by how their place was found.", kGauge,
             probes),
      Family("events_dropped_total", "Events known to have been lost, by place.", kCounter, drops),
      Family("reports_total", "Reports handed to the stream.", kCounter,
             {Value(kCounter, static_cast<double>(now.reports))}),
      Family("budget_used_share", "Share of one core taken by probes and agent, as the governor sees it.",
             kGauge, {Value(kGauge, now.budget_share)}),
      Family("sheds_total", "Times that the governor switched probes off.", kCounter,
             {Value(kCounter, static_cast<double>(now.sheds))}),
      Family("connected", "1 while a stream to the controller is up.", kGauge,
             {Value(kGauge, now.is_connected ? 1 : 0)}),
      Family("cpu_seconds_total", "CPU time of the agent itself; probes run in the processes they count.",
             kCounter, {Value(kCounter, CpuSeconds())}),
      Family("memory_bytes", "Resident memory of the agent.", kGauge,
             {Value(kGauge, static_cast<double>(OwnMemoryBytes()))}),
  };
}

absl::StatusOr<std::unique_ptr<prometheus::Exposer>> ServeMetrics(
    const std::string& address, const std::shared_ptr<AgentMetrics>& metrics) {
  if (!IsLoopback(address)) {
    return absl::InvalidArgumentError(
        absl::StrCat("metrics: ", address,
                     " is not a loopback address; the page has no access control, so put it on 127.0.0.1"));
  }
  try {
    auto exposer = std::make_unique<prometheus::Exposer>(address, 1);
    exposer->RegisterCollectable(metrics);
    return exposer;
  } catch (const std::exception& error) {
    return absl::UnavailableError(absl::StrCat("metrics: cannot listen on ", address, " (", error.what(),
                                               "); is the port free, and is it ADDRESS:PORT?"));
  }
}

}  // namespace haldane::agent
