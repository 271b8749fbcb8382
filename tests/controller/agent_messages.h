#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::testing {

// What a well-behaved agent says.

inline haldane::v1::AgentMessage Hello(absl::string_view host, uint64_t epoch = 7) {
  haldane::v1::AgentMessage message;
  message.mutable_hello()->set_host(std::string(host));
  message.mutable_hello()->set_agent_version("0.1.0");
  message.mutable_hello()->set_epoch(epoch);
  message.mutable_hello()->mutable_compatibility()->set_profile(haldane::v1::Compatibility::PROFILE_FULL);
  return message;
}

// A counted process of a service and revision, ten minutes old.
inline haldane::v1::ProcessSample Process(uint32_t pid, uint64_t requests, absl::string_view revision = "old",
                                          absl::string_view service = "web") {
  haldane::v1::ProcessSample sample;
  sample.mutable_process()->set_boot_id("boot");
  sample.mutable_process()->set_pid(pid);
  sample.mutable_process()->set_start_ns(1000 + pid);
  for (const auto& [name, value] : {std::pair<absl::string_view, absl::string_view>{"revision", revision},
                                    std::pair<absl::string_view, absl::string_view>{"service", service}}) {
    haldane::v1::Label* label = sample.add_labels();
    label->set_name(std::string(name));
    label->set_value(std::string(value));
  }
  sample.set_age_ms(600'000);
  sample.set_counting(true);
  sample.set_exception_source(haldane::v1::PROBE_SOURCE_USDT);
  sample.mutable_counters()->set_http_requests(requests);
  return sample;
}

inline haldane::v1::ProcessSample Exited(haldane::v1::ProcessSample sample) {
  sample.set_exited(true);
  return sample;
}

template <typename... Samples>
haldane::v1::Report Report(uint64_t sequence, const Samples&... samples) {
  haldane::v1::Report report;
  report.set_sequence(sequence);
  report.set_epoch(7);
  (void)std::initializer_list<int>{(*report.add_processes() = samples, 0)...};
  return report;
}

inline haldane::v1::AgentMessage Message(haldane::v1::Report report) {
  haldane::v1::AgentMessage message;
  *message.mutable_report() = std::move(report);
  return message;
}

}  // namespace haldane::testing
