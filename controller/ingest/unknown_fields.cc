#include "controller/ingest/unknown_fields.h"

#include <algorithm>

namespace haldane::controller {
namespace {

using google::protobuf::RepeatedPtrField;

// The library walks over every field of every message, at several times the price
// of all else that is done with a report. The test knows whether a kind of message
// is missing here.

template <typename Message>
bool HasOwn(const Message& message) {
  static const google::protobuf::Reflection* const reflection = message.GetReflection();
  return !reflection->GetUnknownFields(message).empty();
}

template <typename Leaf>
bool HasUnknown(const Leaf& message) {
  return HasOwn(message);
}

template <typename Message>
bool AnyHasUnknown(const RepeatedPtrField<Message>& messages) {
  return std::any_of(messages.begin(), messages.end(),
                     [](const Message& message) { return HasUnknown(message); });
}

template <>
bool HasUnknown(const v1::Histogram& histogram) {
  return HasOwn(histogram) || AnyHasUnknown(histogram.buckets());
}

template <>
bool HasUnknown(const v1::Counters& counters) {
  return HasOwn(counters) || AnyHasUnknown(counters.classes()) ||
         AnyHasUnknown(counters.sys_error_classes()) || HasUnknown(counters.http_latency()) ||
         HasUnknown(counters.gc_pause());
}

template <>
bool HasUnknown(const v1::ProcessSample& sample) {
  return HasOwn(sample) || HasUnknown(sample.process()) || AnyHasUnknown(sample.labels()) ||
         HasUnknown(sample.counters()) || HasUnknown(sample.gauges()) || HasUnknown(sample.exit());
}

template <>
bool HasUnknown(const v1::BudgetUse& use) {
  return HasOwn(use) || AnyHasUnknown(use.groups());
}

template <>
bool HasUnknown(const v1::Report& report) {
  return HasOwn(report) || HasUnknown(report.read_at()) || AnyHasUnknown(report.processes()) ||
         AnyHasUnknown(report.drops()) || AnyHasUnknown(report.gaps()) || HasUnknown(report.budget_use());
}

}  // namespace

void DiscardUnknownFields(v1::AgentMessage* message) {
  const bool is_clean = message->has_report() && !HasOwn(*message) && !HasUnknown(message->report());
  if (!is_clean) message->DiscardUnknownFields();
}

}  // namespace haldane::controller
