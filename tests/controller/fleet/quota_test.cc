#include "controller/fleet/quota.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/controller/agent_messages.h"
#include "tests/support/status_matchers.h"

namespace haldane::controller {
namespace {

using haldane::testing::Hello;
using haldane::testing::IsOk;
using haldane::testing::Process;
using haldane::testing::Report;
using haldane::testing::StatusIs;
using ::testing::HasSubstr;

// A way to spoil a report, and what is said about it.
struct BadReport {
  const char* name;
  std::function<void(haldane::v1::Report&)> spoil;
  const char* complaint;
};

haldane::v1::ProcessSample& First(haldane::v1::Report& report) { return *report.mutable_processes(0); }
haldane::v1::Counters& Counters(haldane::v1::Report& report) { return *First(report).mutable_counters(); }

void AddClass(haldane::v1::Report& report, const std::string& name, uint64_t count) {
  auto* item = Counters(report).add_classes();
  item->set_name(name);
  item->set_count(count);
}

void AddLabel(haldane::v1::Report& report, const std::string& name, const std::string& value) {
  auto* label = First(report).add_labels();
  label->set_name(name);
  label->set_value(value);
}

const BadReport kBadReports[] = {
    {"SequenceZero", [](auto& r) { r.set_sequence(0); }, "sequence is 0"},
    {"TooManyProcesses",
     [](auto& r) {
       for (int i = 0; i < 5120; ++i) r.add_processes();
     },
     "number of processes is 5121, at most 5120"},
    {"PidZero", [](auto& r) { First(r).mutable_process()->set_pid(0); }, "pid is 0"},
    {"PidAbsurd", [](auto& r) { First(r).mutable_process()->set_pid(1u << 31); },
     "pid is 2147483648, at most 4194304"},
    {"NoBoot", [](auto& r) { First(r).mutable_process()->clear_boot_id(); }, "boot_id is empty"},
    {"LongBoot", [](auto& r) { First(r).mutable_process()->set_boot_id(std::string(65, 'b')); },
     "boot_id has 65 bytes"},
    {"StartAbsurd", [](auto& r) { First(r).mutable_process()->set_start_ns(UINT64_MAX); },
     "start_ns is 18446744073709551615"},
    {"AgeAbsurd", [](auto& r) { First(r).set_age_ms(kMaxCount + 1); }, "age_ms is 9007199254740993"},
    {"CountAbsurd", [](auto& r) { Counters(r).set_http_requests(kMaxCount + 1); },
     "http_requests is 9007199254740993"},
    {"MoreErrorsThanRequests",
     [](auto& r) {
       Counters(r).set_http_4xx(6);
       Counters(r).set_http_5xx(5);
     },
     "http_4xx + http_5xx is 11, more than http_requests, 10"},
    {"MoreControlFlowThanExceptions", [](auto& r) { Counters(r).set_exceptions_control_flow(1); },
     "exceptions_control_flow is 1"},
    {"TooManyClasses",
     [](auto& r) {
       for (int i = 0; i < 65; ++i) AddClass(r, absl::StrCat("C", i), 1);
     },
     "number of exception classes is 65"},
    {"NamelessClass", [](auto& r) { AddClass(r, "", 1); }, "no name"},
    {"LongClass", [](auto& r) { AddClass(r, std::string(121, 'C'), 1); }, "exception class has 121 bytes"},
    {"ClassTwice",
     [](auto& r) {
       AddClass(r, "E", 1);
       AddClass(r, "E", 2);
     },
     "\"E\" comes twice"},
    {"ClassCountAbsurd", [](auto& r) { AddClass(r, "E", UINT64_MAX); },
     "count of an exception class is 18446744073709551615"},
    {"TooManyLabels",
     [](auto& r) {
       for (int i = 0; i < 31; ++i) AddLabel(r, absl::StrCat("x", 100 + i), "");
     },
     "number of labels is 33"},
    {"BadLabelName", [](auto& r) { AddLabel(r, "Zone", "x"); }, "label name \"Zone\" is not"},
    {"LongLabelValue", [](auto& r) { AddLabel(r, "zone", std::string(257, 'x')); },
     "label zone: its value has 257 bytes"},
    {"UnsortedLabels", [](auto& r) { AddLabel(r, "a", "x"); }, "label a comes after service"},
    {"LabelTwice", [](auto& r) { AddLabel(r, "service", "x"); }, "label service comes after service"},
    {"TooManyDrops",
     [](auto& r) {
       for (int i = 0; i < 65; ++i) r.add_drops();
     },
     "number of drop counters is 65"},
    {"LongDropSite", [](auto& r) { r.add_drops()->set_site(std::string(65, 's')); },
     "drop site has 65 bytes"},
    {"ShareAbsurd", [](auto& r) { r.mutable_budget_use()->set_core_share(-1); },
     "a share in budget_use is not"},
    {"ShareOfAGroupNoNumber",
     [](auto& r) { r.mutable_budget_use()->add_groups()->set_core_share(std::nan("")); },
     "a share in budget_use is not"},
    {"DropsAbsurd", [](auto& r) { r.add_drops()->set_count(UINT64_MAX); }, "count of a drop site"},
};

class BadReportTest : public ::testing::TestWithParam<BadReport> {};
INSTANTIATE_TEST_SUITE_P(Quota, BadReportTest, ::testing::ValuesIn(kBadReports),
                         [](const auto& info) { return info.param.name; });

TEST_P(BadReportTest, IsRefusedNamingWhatIsWrong) {
  haldane::v1::Report report = Report(1, Process(1, 10));
  ASSERT_THAT(CheckReport(report), IsOk());
  GetParam().spoil(report);
  EXPECT_THAT(CheckReport(report),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().complaint)));
}

TEST(CheckHelloTest, TakesAHelloAndRefusesAbsurdOnes) {
  EXPECT_THAT(CheckHello(Hello("web-1.example.com").hello()), IsOk());
  for (const std::string& host :
       {std::string(), std::string("a b"), std::string("a\n"), std::string(254, 'h')}) {
    EXPECT_THAT(CheckHello(Hello(host).hello()),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("host ")));
  }
  EXPECT_THAT(CheckHello(Hello("a", 0).hello()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("epoch is 0")));
  haldane::v1::AgentMessage hello = Hello("a");
  for (int i = 0; i < 65; ++i) hello.mutable_hello()->mutable_compatibility()->add_missing();
  EXPECT_THAT(CheckHello(hello.hello()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("missing capabilities is 65")));
}

TEST(CheckHelloTest, AHugeNameIsNotRepeatedInFull) {
  EXPECT_LT(CheckHello(Hello(std::string(1 << 20, 'h')).hello()).message().size(), 300u);
}

}  // namespace
}  // namespace haldane::controller
