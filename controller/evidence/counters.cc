#include "controller/evidence/counters.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace haldane::controller {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;
using haldane::v1::Counters;
using haldane::v1::Histogram;

struct CounterFields {
  std::vector<const FieldDescriptor*> totals;
  std::vector<const FieldDescriptor*> distributions;
};

const CounterFields& Fields() {
  static const CounterFields* const fields = [] {
    auto* found = new CounterFields;
    const auto* descriptor = Counters::descriptor();
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const FieldDescriptor* field = descriptor->field(i);
      if (field->is_repeated()) continue;
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_UINT64) found->totals.push_back(field);
      if (field->message_type() == Histogram::descriptor()) found->distributions.push_back(field);
    }
    return found;
  }();
  return *fields;
}

const Histogram& Distribution(const Counters& counters, const FieldDescriptor* field) {
  return static_cast<const Histogram&>(Counters::GetReflection()->GetMessage(counters, field));
}

Histogram* MutableDistribution(Counters* counters, const FieldDescriptor* field) {
  return static_cast<Histogram*>(Counters::GetReflection()->MutableMessage(counters, field));
}

void AddBuckets(const Histogram& difference, Histogram* sum) {
  if (difference.buckets().empty()) return;
  Histogram merged;
  int i = 0, j = 0;
  while (i < sum->buckets_size() || j < difference.buckets_size()) {
    const bool left = i < sum->buckets_size() && (j == difference.buckets_size() ||
                                                  sum->buckets(i).index() <= difference.buckets(j).index());
    Histogram::Bucket* bucket = merged.add_buckets();
    *bucket = left ? sum->buckets(i++) : difference.buckets(j++);
    if (left && j < difference.buckets_size() && difference.buckets(j).index() == bucket->index()) {
      bucket->set_count(bucket->count() + difference.buckets(j++).count());
    }
  }
  *sum = std::move(merged);
}

// Walks the buckets of both, both sorted: visit(index, now, before).
template <typename Visit>
void ForEachBucket(const Histogram& now, const Histogram& before, Visit visit) {
  int j = 0;
  for (const Histogram::Bucket& bucket : now.buckets()) {
    while (j < before.buckets_size() && before.buckets(j).index() < bucket.index()) {
      visit(before.buckets(j).index(), uint64_t{0}, before.buckets(j).count());
      ++j;
    }
    const bool same = j < before.buckets_size() && before.buckets(j).index() == bucket.index();
    visit(bucket.index(), bucket.count(), same ? before.buckets(j++).count() : uint64_t{0});
  }
  for (; j < before.buckets_size(); ++j)
    visit(before.buckets(j).index(), uint64_t{0}, before.buckets(j).count());
}

}  // namespace

void AddCounters(const Counters& difference, Counters* sum) {
  const Reflection* reflection = Counters::GetReflection();
  for (const FieldDescriptor* field : Fields().totals) {
    const uint64_t value = reflection->GetUInt64(difference, field);
    if (value > 0) reflection->SetUInt64(sum, field, reflection->GetUInt64(*sum, field) + value);
  }
  for (const FieldDescriptor* field : Fields().distributions) {
    if (reflection->HasField(difference, field)) {
      AddBuckets(Distribution(difference, field), MutableDistribution(sum, field));
    }
  }
}

bool Shrank(const Counters& before, const Counters& now) {
  const Reflection* reflection = Counters::GetReflection();
  for (const FieldDescriptor* field : Fields().totals) {
    if (reflection->GetUInt64(now, field) < reflection->GetUInt64(before, field)) return true;
  }
  bool shrank = false;
  for (const FieldDescriptor* field : Fields().distributions) {
    ForEachBucket(Distribution(now, field), Distribution(before, field),
                  [&](uint32_t, uint64_t later, uint64_t earlier) { shrank |= later < earlier; });
  }
  return shrank;
}

Counters Subtract(const Counters& now, const Counters& before) {
  Counters difference;
  const Reflection* reflection = Counters::GetReflection();
  for (const FieldDescriptor* field : Fields().totals) {
    const uint64_t grown = reflection->GetUInt64(now, field) - reflection->GetUInt64(before, field);
    if (grown > 0) reflection->SetUInt64(&difference, field, grown);
  }
  for (const FieldDescriptor* field : Fields().distributions) {
    if (!reflection->HasField(now, field)) continue;
    Histogram* buckets = MutableDistribution(&difference, field);
    ForEachBucket(Distribution(now, field), Distribution(before, field),
                  [&](uint32_t index, uint64_t later, uint64_t earlier) {
                    if (later == earlier) return;
                    Histogram::Bucket* bucket = buckets->add_buckets();
                    bucket->set_index(index);
                    bucket->set_count(later - earlier);
                  });
  }
  return difference;
}

}  // namespace haldane::controller
