#include "controller/evidence/signal_values.h"

#include <algorithm>

namespace haldane::controller {
namespace {

using haldane::v1::Counters;

constexpr double kSecondsPerHour = 3600;
constexpr double kMicrosecondsPerSecond = 1e6;

uint64_t Exceptions(const Counters& counters) {
  return counters.exceptions() - std::min(counters.exceptions_control_flow(), counters.exceptions());
}

struct Reader {
  absl::string_view name;
  uint64_t (*events)(const Counters&);
};

constexpr Reader kReaders[] = {
    {"ruby.exceptions", Exceptions},
    {"http.5xx", [](const Counters& c) -> uint64_t { return c.http_5xx(); }},
    {"http.4xx", [](const Counters& c) -> uint64_t { return c.http_4xx(); }},
    {"ruby.gc.count", [](const Counters& c) -> uint64_t { return c.gc_runs(); }},
    {"ruby.loads", [](const Counters& c) -> uint64_t { return c.loads(); }},
    {"sys.errors", [](const Counters& c) -> uint64_t { return c.sys_errors(); }},
    {"proc.major_faults", [](const Counters& c) -> uint64_t { return c.major_faults(); }},
    {"proc.swap_in", [](const Counters& c) -> uint64_t { return c.swap_ins(); }},
    {"tcp.retransmits", [](const Counters& c) -> uint64_t { return c.tcp_retransmits(); }},
    {"tcp.resets", [](const Counters& c) -> uint64_t { return c.tcp_resets(); }},
    {"tcp.connect_failures", [](const Counters& c) -> uint64_t { return c.tcp_connect_failures(); }},
};

}  // namespace

std::optional<SignalValue> ReadSignal(absl::string_view name, const Counters& counters,
                                      haldane::v1::ExposureUnit exposure) {
  if (name == "ruby.vm_entries") {  // counted, requests too, in bursts only
    return SignalValue{.events = static_cast<double>(counters.vm_entries()),
                       .exposure = static_cast<double>(counters.vm_entries_requests())};
  }
  for (const Reader& reader : kReaders) {
    if (reader.name != name) continue;
    return SignalValue{.events = static_cast<double>(reader.events(counters)),
                       .exposure = exposure == haldane::v1::EXPOSURE_UNIT_CPU_SECOND
                                       ? static_cast<double>(counters.cpu_us()) / kMicrosecondsPerSecond
                                       : static_cast<double>(counters.http_requests())};
  }
  return std::nullopt;
}

SignalValue ReadSignal(absl::string_view name, const UnitTick& tick, haldane::v1::ExposureUnit exposure) {
  const double hours = tick.process_seconds / kSecondsPerHour;
  if (name == "http.requests") {
    return {.events = static_cast<double>(tick.counters.http_requests()), .exposure = tick.process_seconds};
  }
  if (name == "proc.crashes") return {.events = static_cast<double>(tick.crashes), .exposure = hours};
  if (name == "proc.oom_kills") return {.events = static_cast<double>(tick.oom_kills), .exposure = hours};
  if (name == "proc.restarts") return {.events = static_cast<double>(tick.restarts), .exposure = hours};
  if (name == "proc.signals")
    return {.events = static_cast<double>(tick.counters.signals()), .exposure = hours};
  return ReadSignal(name, tick.counters, exposure).value_or(SignalValue{});
}

bool NeedsExceptionProbe(absl::string_view name) {
  return name == "ruby.exceptions" || name == "ruby.exceptions.new_class";
}

}  // namespace haldane::controller
