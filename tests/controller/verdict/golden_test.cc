// The same log gives the same bits on every compiler and at every level of
// optimization: this test is built by g++ and by clang, with and without
// sanitizers, and all must find what is written here.

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "base/sha256.h"
#include "tests/support/story.h"

namespace haldane::controller {
namespace {

using haldane::testing::Story;
using haldane::testing::TestPlan;

// Digest of the numbers of all verdicts of a rollout that judges every kind of
// signal. When a change of the statistics is meant to change verdicts, so must this.
constexpr char kDigest[] = "5d3c0df27d7261a9ca8acc1a48986bc8500bba6710d0b71585563a1b88d79e42";

TEST(GoldenTest, EveryVerdictHasTheBitsItAlwaysHad) {
  haldane::v1::Plan plan = TestPlan({"ruby.exceptions", "http.5xx", "http.latency",
                                     "ruby.exceptions.new_class", "proc.crashes", "proc.rss"});
  plan.mutable_observe()->mutable_max()->set_seconds(600);
  plan.mutable_observe()->mutable_min()->set_seconds(500);
  Story story(11, plan);
  story.fleet.AddBothSides(4,
                           {.exceptions_per_request = 0.021,
                            .latency_us = 104000,
                            .new_class = "Rare",
                            .new_class_every = 40000,
                            .rss_bytes = 4e8,
                            .rss_growth = 1e3},
                           {.latency_us = 100000, .rss_bytes = 4e8});
  std::string digest;
  for (int second = 1; second <= 300; ++second) {
    story.RunFor(1);
    haldane::v1::Verdict verdict = story.rollout->Judge();
    verdict.clear_sentence();
    for (haldane::v1::Finding& finding : *verdict.mutable_findings()) finding.clear_reason();
    std::string bytes;
    ASSERT_TRUE(verdict.SerializeToString(&bytes));
    digest = Sha256(digest + bytes);
  }
  EXPECT_EQ(absl::BytesToHexString(digest), kDigest) << story.rollout->Judge().DebugString();
}

}  // namespace
}  // namespace haldane::controller
