#include "plan/signals.h"

#include "absl/strings/match.h"

namespace haldane::plan {
namespace {

constexpr Signal kSignals[] = {
    {.name = "ruby.exceptions",
     .kind = SignalKind::kCount,
     .what = "exceptions raised, handled ones included, control flow excluded",
     .exposure = "request",
     .tolerate_ratio = 1.5,
     .tolerate_absolute = 0.001,
     .action = haldane::v1::ACTION_ROLLBACK,
     .weight = 2,
     .by_default = true},
    // A class that the baseline does not have is what a bad release most often
    // brings. It cannot be shown that none will ever come, so proceed does not wait.
    {.name = "ruby.exceptions.new_class",
     .kind = SignalKind::kNovelty,
     .what = "exceptions of a class that the baseline has not raised",
     .exposure = "request",
     .tolerate_ratio = 1,
     .tolerate_absolute = 0,
     .action = haldane::v1::ACTION_ROLLBACK,
     .weight = 1,
     .by_default = true},
    {.name = "http.5xx",
     .kind = SignalKind::kProportion,
     .what = "responses with a status of 500 to 599",
     .exposure = "request",
     .tolerate_ratio = 1.5,
     .tolerate_absolute = 0.001,
     .action = haldane::v1::ACTION_ROLLBACK,
     .weight = 3,
     .by_default = true},
    // Clients cause most of these, so by default they inform and do not decide.
    {.name = "http.4xx",
     .kind = SignalKind::kProportion,
     .what = "responses with a status of 400 to 499",
     .exposure = "request",
     .tolerate_ratio = 1.5,
     .tolerate_absolute = 0.001,
     .action = haldane::v1::ACTION_OBSERVE,
     .weight = 1,
     .by_default = false},
    {.name = "http.latency",
     .kind = SignalKind::kDistribution,
     .what = "time from the request's head being read to the response's head being written, microseconds",
     .exposure = "request",
     .tolerate_ratio = 1.25,
     .tolerate_absolute = 0,
     .action = haldane::v1::ACTION_HALT,
     .weight = 2,
     .by_default = true,
     .quantiles = {0.5, 0.99}},
    // Rare and fatal: two or three are enough to stop, and there is no waiting for
    // proof of none.
    {.name = "proc.crashes",
     .kind = SignalKind::kRareEvent,
     .what = "processes killed by SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSYS or SIGTRAP",
     .exposure = "process-hour",
     .tolerate_ratio = 1,
     .tolerate_absolute = 0,
     .action = haldane::v1::ACTION_ROLLBACK,
     .weight = 1,
     .by_default = true},
    {.name = "proc.oom_kills",
     .kind = SignalKind::kRareEvent,
     .what = "processes killed for lack of memory",
     .exposure = "process-hour",
     .tolerate_ratio = 1,
     .tolerate_absolute = 0,
     .action = haldane::v1::ACTION_ROLLBACK,
     .weight = 1,
     .by_default = true},
    {.name = "proc.restarts",
     .kind = SignalKind::kRareEvent,
     .what = "processes that ended, for whatever reason",
     .exposure = "process-hour",
     .tolerate_ratio = 1,
     .tolerate_absolute = 0,
     .action = haldane::v1::ACTION_HALT,
     .weight = 0.5,
     .by_default = false},
    {.name = "proc.signals",
     .kind = SignalKind::kRareEvent,
     .what = "signals delivered whose default action ends a process",
     .exposure = "process-hour",
     .tolerate_ratio = 1,
     .tolerate_absolute = 0,
     .action = haldane::v1::ACTION_OBSERVE,
     .weight = 0.5,
     .by_default = false},
    {.name = "ruby.gc.count",
     .kind = SignalKind::kCount,
     .what = "garbage collections",
     .exposure = "request",
     .tolerate_ratio = 1.25,
     .tolerate_absolute = 0,
     .action = haldane::v1::ACTION_OBSERVE,
     .weight = 1,
     .by_default = false},
    {.name = "ruby.gc.pause",
     .kind = SignalKind::kDistribution,
     .what = "time that a garbage collection stops the process, microseconds",
     .exposure = "collection",
     .tolerate_ratio = 1.15,
     .tolerate_absolute = 0,
     .action = haldane::v1::ACTION_OBSERVE,
     .weight = 1,
     .by_default = false,
     .quantiles = {0.5, 0.99}},
    {.name = "ruby.loads",
     .kind = SignalKind::kCount,
     .what = "files loaded by require and load, code evaluated",
     .exposure = "request",
     .tolerate_ratio = 1.25,
     .tolerate_absolute = 0.01,
     .action = haldane::v1::ACTION_OBSERVE,
     .weight = 1,
     .by_default = false},
    // Depends on whether code is compiled: never a reason to stop by itself.
    {.name = "ruby.vm_entries",
     .kind = SignalKind::kCount,
     .what = "entries into the interpreter's main loop, sampled in short bursts",
     .exposure = "request",
     .tolerate_ratio = 1.25,
     .tolerate_absolute = 0,
     .action = haldane::v1::ACTION_OBSERVE,
     .weight = 1,
     .by_default = false},
    {.name = "sys.errors",
     .kind = SignalKind::kCount,
     .what = "system calls that failed, errors of ordinary use excluded",
     .exposure = "request",
     .tolerate_ratio = 1.25,
     .tolerate_absolute = 0.001,
     .action = haldane::v1::ACTION_HALT,
     .weight = 1,
     .by_default = false},
    {.name = "proc.major_faults",
     .kind = SignalKind::kCount,
     .what = "page faults that waited for a disk",
     .exposure = "request",
     .tolerate_ratio = 1.5,
     .tolerate_absolute = 0.01,
     .action = haldane::v1::ACTION_OBSERVE,
     .weight = 1,
     .by_default = false},
    {.name = "proc.swap_in",
     .kind = SignalKind::kCount,
     .what = "pages brought back from swap",
     .exposure = "request",
     .tolerate_ratio = 1.5,
     .tolerate_absolute = 0.01,
     .action = haldane::v1::ACTION_OBSERVE,
     .weight = 1,
     .by_default = false},
    {.name = "tcp.retransmits",
     .kind = SignalKind::kCount,
     .what = "TCP segments sent again",
     .exposure = "request",
     .tolerate_ratio = 1.5,
     .tolerate_absolute = 0.001,
     .action = haldane::v1::ACTION_OBSERVE,
     .weight = 1,
     .by_default = false},
    {.name = "tcp.resets",
     .kind = SignalKind::kCount,
     .what = "TCP resets received or sent",
     .exposure = "request",
     .tolerate_ratio = 1.5,
     .tolerate_absolute = 0.001,
     .action = haldane::v1::ACTION_OBSERVE,
     .weight = 1,
     .by_default = false},
    {.name = "tcp.connect_failures",
     .kind = SignalKind::kCount,
     .what = "connection attempts that failed",
     .exposure = "request",
     .tolerate_ratio = 1.5,
     .tolerate_absolute = 0.001,
     .action = haldane::v1::ACTION_HALT,
     .weight = 1,
     .by_default = false},
    // Growth that a day would turn into an outage: a tenth of a gigabyte an hour.
    {.name = "proc.rss",
     .kind = SignalKind::kDrift,
     .what = "resident memory of a process",
     .exposure = "bytes",
     .tolerate_ratio = 1,
     .tolerate_absolute = 100e6,
     .action = haldane::v1::ACTION_HALT,
     .weight = 1,
     .by_default = false},
    {.name = "proc.fds",
     .kind = SignalKind::kDrift,
     .what = "open file descriptors of a process",
     .exposure = "descriptors",
     .tolerate_ratio = 1,
     .tolerate_absolute = 20,
     .action = haldane::v1::ACTION_HALT,
     .weight = 1,
     .by_default = false},
    {.name = "proc.threads",
     .kind = SignalKind::kDrift,
     .what = "threads of a process",
     .exposure = "threads",
     .tolerate_ratio = 1,
     .tolerate_absolute = 5,
     .action = haldane::v1::ACTION_HALT,
     .weight = 1,
     .by_default = false},
    // Traffic that the balancer no longer sends, or the canary no longer takes.
    {.name = "http.requests",
     .kind = SignalKind::kCount,
     .what = "final responses",
     .exposure = "process-second",
     .tolerate_ratio = 1.5,
     .tolerate_absolute = 0,
     .action = haldane::v1::ACTION_OBSERVE,
     .weight = 1,
     .by_default = false,
     .bad = haldane::v1::DIRECTION_DOWN},
};

}  // namespace

absl::Span<const Signal> KnownSignals() { return kSignals; }

const Signal* FindSignal(absl::string_view name) {
  for (const Signal& signal : kSignals) {
    if (signal.name == name) return &signal;
  }
  return nullptr;
}

absl::string_view ActionName(haldane::v1::Action action) {
  switch (action) {
    case haldane::v1::ACTION_ROLLBACK:
      return "rollback";
    case haldane::v1::ACTION_HALT:
      return "halt";
    case haldane::v1::ACTION_OBSERVE:
      return "observe";
    default:
      return "unspecified";
  }
}

absl::string_view DirectionName(haldane::v1::Direction direction) {
  switch (direction) {
    case haldane::v1::DIRECTION_UP:
      return "up";
    case haldane::v1::DIRECTION_DOWN:
      return "down";
    case haldane::v1::DIRECTION_EITHER:
      return "either";
    default:
      return "unspecified";
  }
}

absl::string_view MissingPolicyName(haldane::v1::MissingPolicy policy) {
  switch (policy) {
    case haldane::v1::MISSING_POLICY_WAIT:
      return "wait";
    case haldane::v1::MISSING_POLICY_HALT:
      return "halt";
    case haldane::v1::MISSING_POLICY_DROP_SIGNAL:
      return "drop_signal";
    default:
      return "unspecified";
  }
}

absl::string_view GuardRunsName(haldane::v1::GuardRunsWanted runs) {
  switch (runs) {
    case haldane::v1::GUARD_RUNS_WANTED_REQUIRED:
      return "required";
    case haldane::v1::GUARD_RUNS_WANTED_OPTIONAL:
      return "optional";
    default:
      return "unspecified";
  }
}

absl::string_view ExposureUnitName(haldane::v1::ExposureUnit unit) {
  switch (unit) {
    case haldane::v1::EXPOSURE_UNIT_REQUEST:
      return "request";
    case haldane::v1::EXPOSURE_UNIT_CPU_SECOND:
      return "cpu_second";
    default:
      return "unspecified";
  }
}

bool NeedsHttp(absl::string_view signal) {
  return absl::StartsWith(signal, "http.") || signal == "ruby.vm_entries";
}

bool RequiredByDefault(SignalKind kind) { return IsRate(kind) || kind == SignalKind::kDistribution; }

bool IsRate(SignalKind kind) { return kind == SignalKind::kCount || kind == SignalKind::kProportion; }

}  // namespace haldane::plan
