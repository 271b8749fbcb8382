#include "controller/evidence/counters.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "google/protobuf/descriptor.h"

namespace haldane::controller {
namespace {

using haldane::v1::Counters;

void Put(haldane::v1::Histogram* histogram, uint32_t index, uint64_t count) {
  auto* bucket = histogram->add_buckets();
  bucket->set_index(index);
  bucket->set_count(count);
}

std::string Buckets(const haldane::v1::Histogram& histogram) {
  std::string text;
  for (const auto& bucket : histogram.buckets()) {
    text += std::to_string(bucket.index()) + ":" + std::to_string(bucket.count()) + " ";
  }
  return text;
}

// A counter that somebody adds to the contract must not be forgotten here.
TEST(CountersTest, EveryTotalOfTheContractIsAddedAndSubtracted) {
  const auto* descriptor = Counters::descriptor();
  const auto* reflection = Counters::GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (field->is_repeated() || field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_UINT64)
      continue;
    Counters before, now;
    reflection->SetUInt64(&before, field, 5);
    reflection->SetUInt64(&now, field, 12);
    EXPECT_EQ(reflection->GetUInt64(Subtract(now, before), field), 7u) << field->name();
    EXPECT_TRUE(Shrank(now, before)) << field->name();
    EXPECT_FALSE(Shrank(before, now)) << field->name();
    AddCounters(before, &now);
    EXPECT_EQ(reflection->GetUInt64(now, field), 17u) << field->name();
  }
}

TEST(CountersTest, BucketsAreMergedInOrder) {
  Counters sum, more;
  Put(sum.mutable_http_latency(), 3, 1);
  Put(sum.mutable_http_latency(), 9, 2);
  Put(more.mutable_http_latency(), 1, 4);
  Put(more.mutable_http_latency(), 9, 5);
  Put(more.mutable_http_latency(), 20, 6);
  AddCounters(more, &sum);
  EXPECT_EQ(Buckets(sum.http_latency()), "1:4 3:1 9:7 20:6 ");
}

TEST(CountersTest, SubtractingBucketsLeavesWhatGrew) {
  Counters before, now;
  Put(before.mutable_gc_pause(), 3, 1);
  Put(before.mutable_gc_pause(), 9, 2);
  Put(now.mutable_gc_pause(), 2, 1);
  Put(now.mutable_gc_pause(), 3, 1);
  Put(now.mutable_gc_pause(), 9, 8);
  EXPECT_FALSE(Shrank(before, now));
  EXPECT_EQ(Buckets(Subtract(now, before).gc_pause()), "2:1 9:6 ");
}

// Totals only grow: a bucket that vanishes cannot be true.
TEST(CountersTest, AVanishedBucketIsSeen) {
  Counters before, now;
  Put(before.mutable_http_latency(), 3, 1);
  Put(before.mutable_http_latency(), 9, 2);
  Put(now.mutable_http_latency(), 3, 4);
  EXPECT_TRUE(Shrank(before, now));
}

}  // namespace
}  // namespace haldane::controller
