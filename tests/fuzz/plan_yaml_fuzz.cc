// libFuzzer target: any bytes give a valid plan or an error, never a crash.
#include <cstdint>
#include <cstdlib>

#include "plan/defaults.h"
#include "plan/plan_yaml.h"
#include "plan/render.h"
#include "plan/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using haldane::plan::ParsePlan;
  const auto plan = ParsePlan({reinterpret_cast<const char*>(data), size}, "plan.yaml");
  if (!plan.ok()) return 0;
  const haldane::v1::Plan complete = haldane::plan::WithDefaults(*plan);
  if (!haldane::plan::ValidatePlan(complete).ok()) std::abort();
  const auto again = ParsePlan(haldane::plan::RenderPlan(complete), "plan.yaml");
  if (!again.ok() || again->SerializeAsString() != complete.SerializeAsString()) std::abort();
  return 0;
}
