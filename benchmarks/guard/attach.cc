// How long it takes to load all programs and attach them to a group: milliseconds.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "guard/cgroup/hierarchy.h"
#include "guard/cgroup/run_group.h"
#include "guard/kernel/features.h"
#include "guard/policy/policy.h"
#include "guard/runtime/kernel_policy.h"

int main() {
  const auto hierarchy = haldane::guard::FindCgroups();
  if (!hierarchy.ok()) {
    std::cerr << hierarchy.status() << "\n";
    return 1;
  }
  const auto group = haldane::guard::RunGroup::Create(*hierarchy, haldane::guard::NewRunId(), {});
  if (!group.ok()) {
    std::cerr << group.status() << "\n";
    return 1;
  }
  const haldane::guard::Policy policy({}, {});
  const haldane::guard::Features features = haldane::guard::FeaturesOf(haldane::guard::TryFeatures());
  const absl::Time start = absl::Now();
  const auto programs = haldane::guard::LoadRun(policy, features, **group, 5353, 5353);
  const absl::Duration took = absl::Now() - start;
  if (!programs.ok()) {
    std::cerr << programs.status() << "\n";
    return 1;
  }
  std::printf("%.1f\n", absl::ToDoubleMilliseconds(took));
  return 0;
}
