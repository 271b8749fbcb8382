#include "controller/evidence/process_ledger.h"

#include <gtest/gtest.h>

namespace haldane::controller {
namespace {

haldane::v1::HostReport Host(uint64_t epoch) {
  haldane::v1::HostReport report;
  report.set_host("web-1");
  report.set_epoch(epoch);
  return report;
}

haldane::v1::ProcessSample Sample(uint64_t requests, uint64_t exceptions, uint64_t start_ns = 1) {
  haldane::v1::ProcessSample sample;
  sample.mutable_process()->set_boot_id("boot");
  sample.mutable_process()->set_pid(42);
  sample.mutable_process()->set_start_ns(start_ns);
  sample.set_counting(true);
  sample.set_age_ms(requests);
  sample.mutable_counters()->set_http_requests(requests);
  sample.mutable_counters()->set_exceptions(exceptions);
  return sample;
}

void AddClass(const char* name, uint64_t count, haldane::v1::ProcessSample* sample) {
  haldane::v1::ClassCount* entry = sample->mutable_counters()->add_classes();
  entry->set_name(name);
  entry->set_count(count);
}

TEST(ProcessLedgerTest, TheFirstTotalIsWhereCountingStartsFrom) {
  ProcessLedger ledger;
  EXPECT_FALSE(ledger.Observe(Host(1), Sample(1000, 50)));
  const auto difference = ledger.Observe(Host(1), Sample(1100, 53));
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->counters.http_requests(), 100u);
  EXPECT_EQ(difference->counters.exceptions(), 3u);
  EXPECT_EQ(difference->from_age_ms, 1000u);
}

TEST(ProcessLedgerTest, ARepeatedSampleCountsNothingAndALostOneLosesNothing) {
  ProcessLedger ledger;
  ledger.Observe(Host(1), Sample(100, 1));
  EXPECT_EQ(ledger.Observe(Host(1), Sample(100, 1))->counters.http_requests(), 0u);
  // The samples at 200 and 300 were lost on the way.
  EXPECT_EQ(ledger.Observe(Host(1), Sample(400, 4))->counters.http_requests(), 300u);
}

TEST(ProcessLedgerTest, ARestartedAgentStartsANewCountInsteadOfANegativeOne) {
  ProcessLedger ledger;
  ledger.Observe(Host(1), Sample(1000, 10));
  EXPECT_FALSE(ledger.Observe(Host(2), Sample(5, 0)));
  EXPECT_EQ(ledger.Observe(Host(2), Sample(9, 1))->counters.http_requests(), 4u);
  EXPECT_EQ(ledger.impossible(), 0u);
}

TEST(ProcessLedgerTest, AReusedPidIsAnotherProcess) {
  ProcessLedger ledger;
  ledger.Observe(Host(1), Sample(1000, 10, /*start_ns=*/1));
  EXPECT_FALSE(ledger.Observe(Host(1), Sample(2000, 20, /*start_ns=*/2)));
}

TEST(ProcessLedgerTest, TotalsThatShrinkAreNotBelieved) {
  ProcessLedger ledger;
  ledger.Observe(Host(1), Sample(1000, 10));
  EXPECT_FALSE(ledger.Observe(Host(1), Sample(900, 10)));
  EXPECT_EQ(ledger.impossible(), 1u);
  EXPECT_EQ(ledger.Observe(Host(1), Sample(950, 10))->counters.http_requests(), 50u);
}

TEST(ProcessLedgerTest, WhatAnUncountedProcessDidIsUnknownNotZero) {
  ProcessLedger ledger;
  ledger.Observe(Host(1), Sample(100, 1));
  haldane::v1::ProcessSample uncounted = Sample(0, 0);
  uncounted.set_counting(false);
  EXPECT_FALSE(ledger.Observe(Host(1), uncounted));
  EXPECT_FALSE(ledger.Observe(Host(1), Sample(500, 5)));
}

TEST(ProcessLedgerTest, AClassThatDropsOutOfTheTopAndComesBackIsNotCountedTwice) {
  ProcessLedger ledger;
  haldane::v1::ProcessSample sample = Sample(100, 7);
  AddClass("A", 7, &sample);
  ledger.Observe(Host(1), sample);
  ledger.Observe(Host(1), Sample(200, 7));  // A is not among the reported classes
  sample = Sample(300, 9);
  AddClass("A", 9, &sample);
  const auto difference = ledger.Observe(Host(1), sample);
  ASSERT_EQ(difference->counters.classes_size(), 1);
  EXPECT_EQ(difference->counters.classes(0).count(), 2u);
}

TEST(ProcessLedgerTest, TheFinalTotalsOfAnExitedProcessCount) {
  ProcessLedger ledger;
  ledger.Observe(Host(1), Sample(100, 1));
  haldane::v1::ProcessSample last = Sample(120, 2);
  last.set_exited(true);
  EXPECT_EQ(ledger.Observe(Host(1), last)->counters.http_requests(), 20u);
}

}  // namespace
}  // namespace haldane::controller
