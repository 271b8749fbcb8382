#include "controller/evidence/cohort.h"

#include <algorithm>
#include <string>

namespace haldane::controller {
namespace {

using haldane::v1::Label;
using Labels = google::protobuf::RepeatedPtrField<Label>;

bool Carries(const haldane::v1::ProcessSample& process, const std::string& name, const std::string& value) {
  return std::any_of(process.labels().begin(), process.labels().end(),
                     [&](const Label& label) { return label.name() == name && label.value() == value; });
}

bool Matches(const haldane::v1::ProcessSample& process, const Labels& selector) {
  return std::all_of(selector.begin(), selector.end(),
                     [&](const Label& label) { return Carries(process, label.name(), label.value()); });
}

}  // namespace

std::optional<Cohort> CohortOf(const haldane::v1::Plan& plan, const haldane::v1::ProcessSample& process) {
  if (!Carries(process, "service", plan.service())) return std::nullopt;
  const bool canary = Matches(process, plan.canary());
  if (canary == Matches(process, plan.baseline())) return std::nullopt;
  return canary ? Cohort::kCanary : Cohort::kBaseline;
}

}  // namespace haldane::controller
