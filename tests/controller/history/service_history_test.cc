#include "controller/history/service_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/controller/history/samples_fixture.h"

namespace haldane::controller {
namespace {

using ::testing::ElementsAre;
using testing::HistoryPlan;
using testing::PretendedService;
using testing::Process;

uint64_t Events(const v1::HostHistory& host, int signal = 0) {
  uint64_t sum = 0;
  for (const v1::HistorySecond& second : host.seconds()) sum += second.events(signal);
  return sum;
}

double Exposure(const v1::HostHistory& host, int signal = 0) {
  double sum = 0;
  for (const v1::HistorySecond& second : host.seconds()) sum += second.exposure(signal);
  return sum;
}

std::vector<std::string> Names(const v1::History& history) {
  std::vector<std::string> names;
  for (const v1::HostHistory& host : history.hosts()) names.push_back(host.host());
  return names;
}

struct Exact : PretendedService {
  explicit Exact(int hosts, const testing::PretendedHost& like = {}) {
    exact = true;
    AddHosts(hosts, like);
  }
};

TEST(ServiceHistoryTest, ExtractsWhatEveryHostDidSecondBySecond) {
  Exact service(2, {.requests = 200, .exceptions_per_request = 0.05});
  for (int i = 0; i < 11; ++i) service.Second();  // the first is where counting starts from
  const v1::History history =
      service.history.Extract(HistoryPlan({"ruby.exceptions", "http.5xx"}), service.now());
  EXPECT_THAT(history.signals(), ElementsAre("ruby.exceptions", "http.5xx"));
  EXPECT_THAT(Names(history), ElementsAre("web-1", "web-2"));
  ASSERT_EQ(history.hosts(0).seconds_size(), 10);
  EXPECT_EQ(history.hosts(0).seconds(0).before(), 10u);
  EXPECT_EQ(history.hosts(0).seconds(9).before(), 1u);
  EXPECT_THAT(history.hosts(0).seconds(9).events(), ElementsAre(10, 0));
  EXPECT_THAT(history.hosts(0).seconds(9).exposure(), ElementsAre(200, 200));
}

TEST(ServiceHistoryTest, SecondsCountFromTheMomentOfTheExtract) {
  Exact service(1);
  for (int i = 0; i < 3; ++i) service.Second();
  const v1::History history = service.history.Extract(HistoryPlan({"http.5xx"}), service.now() + 100);
  EXPECT_EQ(history.hosts(0).seconds(1).before(), 101u);
}

TEST(ServiceHistoryTest, KeepsTenMinutes) {
  Exact service(1);
  for (int i = 0; i < 1500; ++i) service.Second();
  const v1::History history = service.history.Extract(HistoryPlan({"http.5xx"}), service.now());
  EXPECT_EQ(history.hosts(0).seconds_size(), 600);
  EXPECT_EQ(history.hosts(0).seconds(0).before(), 600u);
}

TEST(ServiceHistoryTest, WhatAHostDidBeforeItBecameTheCanaryIsThePastOfItsBaseline) {
  Exact service(2);
  for (int i = 0; i < 31; ++i) service.Second();
  service.Restart(0, "new");
  for (int i = 0; i < 20; ++i) service.Second();
  const v1::History history = service.history.Extract(HistoryPlan({"http.5xx"}), service.now());
  EXPECT_THAT(Names(history), ElementsAre("web-1", "web-2"));
  EXPECT_EQ(Exposure(history.hosts(0)), 3000);
  EXPECT_EQ(history.hosts(0).seconds().rbegin()->before(), 21u);
  EXPECT_EQ(Exposure(history.hosts(1)), 5000);
}

TEST(ServiceHistoryTest, AProcessThatWarmsUpHasNoPast) {
  Exact service(1, {.age_ms = 0});
  for (int i = 0; i < 60; ++i) service.Second();
  const v1::History history = service.history.Extract(HistoryPlan({"http.5xx"}), service.now());
  // From the age of 45 s on.
  EXPECT_EQ(Exposure(history.hosts(0)), 1500);
}

TEST(ServiceHistoryTest, APlanWithALongerWarmUpGetsLessOfThePast) {
  Exact service(1, {.age_ms = 0});
  for (int i = 0; i < 300; ++i) service.Second();
  v1::Plan plan = HistoryPlan({"http.5xx"});
  plan.mutable_observe()->mutable_warmup()->set_seconds(240);
  EXPECT_EQ(Exposure(service.history.Extract(plan, service.now()).hosts(0)), 6000);
}

TEST(ServiceHistoryTest, ARestartedAgentCountsNothingTwiceAndLosesNoMoreThanASecond) {
  Exact service(1);
  for (int i = 0; i < 11; ++i) service.Second();
  service.host(0).epoch = 8;
  for (int i = 0; i < 11; ++i) service.Second();
  EXPECT_EQ(Exposure(service.history.Extract(HistoryPlan({"http.5xx"}), service.now()).hosts(0)), 2000);
}

TEST(ServiceHistoryTest, AHostThatWasSilentIsHeardInOneSecond) {
  Exact service(1);
  service.Second();
  service.host(0).silent = true;
  for (int i = 0; i < 29; ++i) service.Second();
  service.host(0).silent = false;
  service.Second();
  const v1::History history = service.history.Extract(HistoryPlan({"http.5xx"}), service.now());
  ASSERT_EQ(history.hosts(0).seconds_size(), 1);
  EXPECT_EQ(Exposure(history.hosts(0)), 3000);
}

TEST(ServiceHistoryTest, WhatIsNotCountedIsUnknownAndNotZero) {
  Exact service(2);
  service.host(1).source = v1::PROBE_SOURCE_NONE;
  for (int i = 0; i < 11; ++i) service.Second();
  const v1::History history =
      service.history.Extract(HistoryPlan({"ruby.exceptions", "http.5xx"}), service.now());
  EXPECT_EQ(Exposure(history.hosts(0), 0), 1000);
  EXPECT_EQ(Exposure(history.hosts(1), 0), 0);
  EXPECT_EQ(Events(history.hosts(1), 0), 0u);
  EXPECT_EQ(Exposure(history.hosts(1), 1), 1000);
}

TEST(ServiceHistoryTest, ASignalInAGapIsUnknownToo) {
  ServiceHistory::HostBytes bytes;
  ServiceHistory history(&bytes);
  ServiceHistory::Gaps gaps;
  gaps.Add()->set_signal("http.5xx");
  for (uint64_t second = 1; second <= 3; ++second) {
    history.Observe("web-1", 7, gaps, Process(1, 100 * second));
    history.EndSecond(static_cast<int64_t>(second));
  }
  const v1::History past = history.Extract(HistoryPlan({"http.5xx", "http.4xx"}), 3);
  EXPECT_EQ(Exposure(past.hosts(0), 0), 0);
  EXPECT_EQ(Exposure(past.hosts(0), 1), 200);
}

TEST(ServiceHistoryTest, CountsOfAnotherKindOfProbeAreNotMixedIn) {
  Exact service(3);
  service.host(2).source = v1::PROBE_SOURCE_DEGRADED;
  for (int i = 0; i < 11; ++i) service.Second();
  const v1::History history = service.history.Extract(HistoryPlan({"ruby.exceptions"}), service.now());
  EXPECT_THAT(Names(history), ElementsAre("web-1", "web-2"));
}

TEST(ServiceHistoryTest, EndsOfProcessesAreCountedOnceByKind) {
  ServiceHistory::HostBytes bytes;
  ServiceHistory history(&bytes);
  history.Observe("web-1", 7, {}, Process(1, 100));
  history.Observe("web-1", 7, {}, Process(2, 100));
  history.EndSecond(1);
  v1::ProcessSample crashed = testing::Exited(Process(1, 110));
  crashed.mutable_exit()->set_signal(11);
  v1::ProcessSample killed = testing::Exited(Process(2, 110));
  killed.mutable_exit()->set_signal(9);
  killed.mutable_exit()->set_out_of_memory(true);
  history.Observe("web-1", 7, {}, crashed);
  history.Observe("web-1", 7, {}, killed);
  const auto second = history.EndSecond(2);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].restarts, 2u);
  EXPECT_EQ(second[0].crashes, 1u);
  EXPECT_EQ(second[0].oom_kills, 1u);
  history.Observe("web-1", 7, {}, crashed);
  EXPECT_TRUE(history.EndSecond(3).empty());
}

TEST(ServiceHistoryTest, TakesAHundredHostsThoseWithTheCanaryFirst) {
  Exact service(150);
  for (int i = 0; i < 3; ++i) service.Second();
  service.Restart(149, "new");
  service.Restart(7, "new");
  service.Second();
  service.Second();
  const std::vector<std::string> names =
      Names(service.history.Extract(HistoryPlan({"http.5xx"}), service.now()));
  EXPECT_EQ(names.size(), 100u);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_THAT(names, ::testing::Contains("web-150"));
  EXPECT_THAT(names, ::testing::Contains("web-8"));
}

TEST(ServiceHistoryTest, AHostTakesLessThanSixtyFourKilobytes) {
  ServiceHistory::HostBytes bytes;
  ServiceHistory history(&bytes);
  // Two revisions with eight workers each, every total growing every second.
  for (uint64_t second = 1; second <= 700; ++second) {
    for (uint32_t pid = 1; pid <= 16; ++pid) {
      v1::ProcessSample sample = Process(pid, second * 40, pid <= 8 ? "old" : "new");
      v1::Counters& counters = *sample.mutable_counters();
      const auto* descriptor = v1::Counters::descriptor();
      for (int f = 0; f < descriptor->field_count(); ++f) {
        const auto* field = descriptor->field(f);
        if (field->is_repeated() || field->cpp_type() != field->CPPTYPE_UINT64) continue;
        counters.GetReflection()->SetUInt64(&counters, field, second * 40);
      }
      for (int c = 0; c < 64; ++c) counters.add_classes()->set_name(absl::StrCat("Some::Long::ClassName", c));
      history.Observe("web-1", 7, {}, sample);
    }
    history.EndSecond(static_cast<int64_t>(second));
  }
  EXPECT_LT(history.BytesOf("web-1"), 64u << 10);
  EXPECT_LE(bytes.at("web-1"), ServiceHistory::kMaxHostBytes);
}

TEST(ServiceHistoryTest, AHostileHostIsBounded) {
  ServiceHistory::HostBytes bytes;
  ServiceHistory history(&bytes);
  for (uint64_t second = 1; second <= 300; ++second) {
    // New labels, and enormous counts, without end.
    for (uint32_t pid = 1; pid <= 20; ++pid) {
      const std::string revision = absl::StrCat("r", second, "-", pid);
      history.Observe("web-1", second, {}, Process(pid, 0, revision));
      history.Observe("web-1", second, {}, Process(pid, uint64_t{1} << 53, revision));
    }
    EXPECT_LE(history.EndSecond(static_cast<int64_t>(second)).size(), ServiceHistory::kMaxSeries);
  }
  EXPECT_LT(history.BytesOf("web-1"), 64u << 10);
}

TEST(ServiceHistoryTest, HostsThatAreGoneAreForgotten) {
  Exact service(2);
  for (int i = 0; i < 5; ++i) service.Second();
  service.host(0).silent = true;
  for (int i = 0; i < 1400; ++i) service.Second();
  EXPECT_EQ(service.history.BytesOf("web-1"), 0u);
  EXPECT_EQ(service.host_bytes.count("web-1"), 0u);
  EXPECT_GT(service.history.BytesOf("web-2"), 0u);
}

TEST(ServiceHistoryTest, KnowsWhoRanARevisionInTheLastMinute) {
  Exact service(3);
  for (int i = 0; i < 5; ++i) service.Second();
  service.Restart(1, "new");
  for (int i = 0; i < 90; ++i) service.Second();
  EXPECT_THAT(service.history.HostsOf("old", service.now()), ElementsAre("web-1", "web-3"));
  EXPECT_THAT(service.history.HostsOf("new", service.now()), ElementsAre("web-2"));
}

}  // namespace
}  // namespace haldane::controller
