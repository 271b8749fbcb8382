#pragma once

namespace haldane::stats {

// The two sides of a rollout. The canary runs the new revision, the baseline
// the old one, on the same traffic in the same seconds.
enum class Cohort { kCanary, kBaseline };

// One host's events and exposure in one tick. A tick is one second. The host,
// not the event, is the unit of inference: processes of one host share its
// fate and are summed before they get here.
//   events    finite, >= 0, need not be whole
//   exposure  what events are divided by (requests, seconds): finite, >= 0
struct HostTick {
  int host;
  double events;
  double exposure;
};

// What a cohort has reported so far: raw, neither capped nor held back.
struct CohortSums {
  int hosts = 0;  // hosts that have had exposure
  double events = 0;
  double exposure = 0;
};

}  // namespace haldane::stats
