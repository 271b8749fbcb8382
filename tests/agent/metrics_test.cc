#include "agent/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "absl/strings/str_cat.h"

namespace haldane::agent {
namespace {

using ::testing::HasSubstr;

TEST(MetricsTest, ShowsWhatWasPublishedAndTheAgentsOwnCost) {
  AgentMetrics metrics;
  MetricsSnapshot snapshot;
  snapshot.processes_counted = 3;
  snapshot.reports = 12;
  snapshot.is_connected = true;
  snapshot.drops = {{"slot_exhausted", 4}};
  snapshot.probes = {{haldane::v1::PROBE_SOURCE_DISASSEMBLY, 1}};
  metrics.Publish(snapshot);
  const std::string page = prometheus::TextSerializer().Serialize(metrics.Collect());
  EXPECT_THAT(page, HasSubstr("haldane_agent_processes_counted 3"));
  EXPECT_THAT(page, HasSubstr("haldane_agent_reports_total 12"));
  EXPECT_THAT(page, HasSubstr("haldane_agent_connected 1"));
  EXPECT_THAT(page, HasSubstr("haldane_agent_events_dropped_total{site=\"slot_exhausted\"} 4"));
  EXPECT_THAT(page, HasSubstr("haldane_agent_probes_attached{source=\"disassembly\"} 1"));
  for (const prometheus::MetricFamily& family : metrics.Collect()) {
    if (family.name == "haldane_agent_memory_bytes") {
      EXPECT_GT(family.metric[0].gauge.value, 1e6);
    } else if (family.name == "haldane_agent_cpu_seconds_total") {
      EXPECT_GT(family.metric[0].counter.value, 0);
    }
    EXPECT_FALSE(family.help.empty());
  }
}

TEST(MetricsTest, ServesOnLoopbackOnly) {
  const auto metrics = std::make_shared<AgentMetrics>();
  const auto refused = ServeMetrics("0.0.0.0:0", metrics);
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status()));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("0.0.0.0:0"));
  EXPECT_TRUE(ServeMetrics("127.0.0.1:0", metrics).ok());
}

TEST(MetricsTest, AnAddressThatCannotBeHadIsAClearError) {
  const auto metrics = std::make_shared<AgentMetrics>();
  const auto first = ServeMetrics("127.0.0.1:0", metrics);
  ASSERT_TRUE(first.ok());
  const std::string taken = absl::StrCat("127.0.0.1:", (*first)->GetListeningPorts()[0]);
  EXPECT_TRUE(absl::IsUnavailable(ServeMetrics(taken, metrics).status()));
}

}  // namespace
}  // namespace haldane::agent
