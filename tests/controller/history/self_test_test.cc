#include "controller/history/self_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "tests/controller/history/samples_fixture.h"

namespace haldane::controller {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using testing::PretendedService;
using ::testing::SizeIs;

std::vector<std::string> Names(int count) {
  std::vector<std::string> names;
  for (int i = 1; i <= count; ++i) names.push_back(absl::StrCat("web-", i));
  return names;
}

TEST(SelfTestTest, TheCastDependsOnTheSeedAlone) {
  std::vector<std::string> hosts = Names(12);
  const SelfTest::Cast cast = SelfTest::Draw(hosts, 3, 42);
  std::reverse(hosts.begin(), hosts.end());
  EXPECT_EQ(SelfTest::Draw(hosts, 3, 42).canary, cast.canary);
  EXPECT_EQ(SelfTest::Draw(hosts, 3, 42).baseline, cast.baseline);
  EXPECT_NE(SelfTest::Draw(hosts, 3, 43).canary, cast.canary);
  // The same draw on every machine and with every library.
  EXPECT_THAT(cast.canary, ::testing::ElementsAre("web-7", "web-12", "web-10"));
}

TEST(SelfTestTest, EveryHostPlaysTheCanaryInTurn) {
  std::set<std::string> played;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    for (const std::string& host : SelfTest::Draw(Names(12), 2, seed).canary) played.insert(host);
  }
  EXPECT_THAT(played, SizeIs(12));
}

TEST(SelfTestTest, CohortsAreAsLargeAsTheServicesRolloutsMakeThem) {
  EXPECT_THAT(SelfTest::Draw(Names(12), 3, 1).canary, SizeIs(3));
  EXPECT_THAT(SelfTest::Draw(Names(12), 3, 1).baseline, SizeIs(9));
  EXPECT_THAT(SelfTest::Draw(Names(12), 0, 1).canary, SizeIs(3)) << "a quarter";
  EXPECT_THAT(SelfTest::Draw(Names(3), 0, 1).canary, SizeIs(1));
  EXPECT_THAT(SelfTest::Draw(Names(4), 9, 1).canary, SizeIs(2)) << "at most half";
  EXPECT_THAT(SelfTest::Draw(Names(500), 0, 1).baseline, SizeIs(36)) << "of 48";
  EXPECT_THAT(SelfTest::Draw(Names(1), 0, 1).canary, IsEmpty());
}

// Runs a whole self test and returns the signals that were stopped.
struct Result {
  std::vector<std::string> stopped, passed;
};
Result RunTest(PretendedService& service, const SelfTest::Cast& cast, const v1::Profile& profile = {},
               const v1::History& past = {}) {
  SelfTest test(v1::EXPOSURE_UNIT_REQUEST, "old", cast, profile, past);
  absl::Time time = absl::FromUnixSeconds(1'800'000'000);
  EXPECT_THAT(test.outcomes(), IsEmpty());
  while (!test.done()) test.Observe(service.Second(), time += absl::Seconds(1));
  Result run;
  for (const SelfTest::Outcome& outcome : test.outcomes()) {
    (outcome.stopped ? run.stopped : run.passed).push_back(outcome.signal);
  }
  return run;
}

TEST(SelfTestTest, HostsThatAreAlikeAreNotStopped) {
  PretendedService service(1);
  service.AddHosts(8, {.requests = 50, .errors_per_request = 0.01});
  const Result run = RunTest(service, SelfTest::Draw(Names(8), 0, 1));
  EXPECT_THAT(run.stopped, IsEmpty());
  EXPECT_THAT(run.passed, Contains("http.5xx"));
  EXPECT_THAT(run.passed, Contains("ruby.exceptions"));
}

TEST(SelfTestTest, ACanaryThatIsReallyWorseIsStopped) {
  PretendedService service(2);
  service.AddHosts(8, {.requests = 50, .errors_per_request = 0.01});
  const SelfTest::Cast cast = SelfTest::Draw(Names(8), 4, 1);
  for (size_t i = 0; i < service.size(); ++i) {
    const std::string& name = service.host(i).name;
    if (std::count(cast.canary.begin(), cast.canary.end(), name) > 0)
      service.host(i).errors_per_request = 0.05;
  }
  EXPECT_THAT(RunTest(service, cast).stopped, ::testing::ElementsAre("http.5xx"));
}

TEST(SelfTestTest, HostsOfAnotherRevisionAndOutsideTheCastDoNotCount) {
  PretendedService service(3);
  service.AddHosts(4, {.requests = 50, .errors_per_request = 0.01});
  const SelfTest::Cast cast = {.canary = {"web-1"}, .baseline = {"web-2", "web-3"}};
  service.host(3).errors_per_request = 1;
  service.Restart(0, "new");
  const Result run = RunTest(service, cast);
  EXPECT_THAT(run.stopped, IsEmpty());
  EXPECT_THAT(run.passed, IsEmpty()) << "no canary was left to compare with";
}

}  // namespace
}  // namespace haldane::controller
