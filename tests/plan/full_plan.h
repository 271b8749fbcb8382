#pragma once

namespace haldane::plan {

// A plan with every kind of field, as people write one.
inline constexpr char kFull[] = R"(rollout: web-2026-03-02.3
service: web
canary:   {revision: def456, region: eu}
baseline: {revision: abc123}
observe: {min: 2m, max: 1h30m, warmup: 0s}
budget: {false_stop: 0.02, missed: 0.1}
signals:
  - {name: ruby.exceptions, tolerate: 1.5x, absolute: 0, action: halt, weight: 5}
  - name: http.5xx
    tolerate: 1.10
min_hosts: 2
)";

}  // namespace haldane::plan
