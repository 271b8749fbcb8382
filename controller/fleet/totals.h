#pragma once

#include <cstdint>

#include "haldane/v1/telemetry.pb.h"

namespace haldane::controller {

// A field of Counters that is a single total.
struct Total {
  const char* name;
  uint64_t (haldane::v1::Counters::*value)() const;
};

// All of them: each is bounded, and none falls within an epoch.
inline constexpr Total kTotals[] = {
    {"http_requests", &haldane::v1::Counters::http_requests},
    {"http_4xx", &haldane::v1::Counters::http_4xx},
    {"http_5xx", &haldane::v1::Counters::http_5xx},
    {"exceptions", &haldane::v1::Counters::exceptions},
    {"exceptions_control_flow", &haldane::v1::Counters::exceptions_control_flow},
    {"exceptions_other", &haldane::v1::Counters::exceptions_other},
    {"gc_runs", &haldane::v1::Counters::gc_runs},
    {"loads", &haldane::v1::Counters::loads},
    {"vm_entries", &haldane::v1::Counters::vm_entries},
    {"vm_entries_requests", &haldane::v1::Counters::vm_entries_requests},
    {"sys_errors", &haldane::v1::Counters::sys_errors},
    {"signals", &haldane::v1::Counters::signals},
    {"major_faults", &haldane::v1::Counters::major_faults},
    {"swap_ins", &haldane::v1::Counters::swap_ins},
    {"tcp_retransmits", &haldane::v1::Counters::tcp_retransmits},
    {"tcp_resets", &haldane::v1::Counters::tcp_resets},
    {"tcp_connect_failures", &haldane::v1::Counters::tcp_connect_failures},
    {"cpu_us", &haldane::v1::Counters::cpu_us},
};

}  // namespace haldane::controller
