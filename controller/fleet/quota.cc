#include "controller/fleet/quota.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/log.h"
#include "base/log_linear.h"
#include "base/status_macros.h"
#include "controller/fleet/totals.h"
#include "controller/host_name.h"

namespace haldane::controller {
namespace {

constexpr int kMaxLabelsPerProcess = 32;
constexpr size_t kMaxLabelName = 64;
constexpr size_t kMaxLabelValue = 256;
constexpr int kMaxClassesPerProcess = 64;
constexpr size_t kMaxClassName = 120;
constexpr int kMaxErrorClasses = 16;
constexpr int kMaxDrops = 64;
constexpr int kMaxGaps = 64;
constexpr size_t kMaxGapDetail = 512;
constexpr int kMaxMissing = 64;
constexpr int kMaxGroups = 64;
constexpr double kMostCores = 65536;
constexpr size_t kMaxText = 4096;
constexpr uint32_t kMaxPid = 1 << 22;  // the kernel's own limit

absl::Status TooMuch(absl::string_view field, uint64_t value, uint64_t limit) {
  return absl::InvalidArgumentError(absl::StrCat(field, " is ", value, ", at most ", limit, " is allowed"));
}

// Every number of every report comes by here: a name is put together only for one that is refused.
template <typename... NameParts>
absl::Status AtMost(uint64_t value, uint64_t limit, const NameParts&... field) {
  return value <= limit ? absl::OkStatus() : TooMuch(absl::StrCat(field...), value, limit);
}

absl::Status TextAtMost(absl::string_view field, absl::string_view text, size_t limit) {
  if (text.size() <= limit) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, " has ", text.size(), " bytes, at most ", limit,
                                                 " are allowed: ", JsonQuote(text.substr(0, 32)), "..."));
}

bool IsLabelName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxLabelName) return false;
  for (const char c : name) {
    if (!absl::ascii_islower(c) && !absl::ascii_isdigit(c) && c != '_' && c != '.' && c != '-') return false;
  }
  return true;
}

absl::Status CheckLabels(const v1::ProcessSample& sample) {
  RETURN_IF_ERROR(AtMost(sample.labels_size(), kMaxLabelsPerProcess, "number of labels"));
  for (int i = 0; i < sample.labels_size(); ++i) {
    const v1::Label& label = sample.labels(i);
    if (!IsLabelName(label.name())) {
      return absl::InvalidArgumentError(absl::StrCat("label name ", JsonQuote(label.name().substr(0, 80)),
                                                     " is not 1 to 64 characters of [a-z0-9_.-]"));
    }
    if (absl::Status status = TextAtMost("its value", label.value(), kMaxLabelValue); !status.ok()) {
      return Annotate(status, absl::StrCat("label ", label.name()));
    }
    if (i > 0 && label.name() <= sample.labels(i - 1).name()) {
      return absl::InvalidArgumentError(absl::StrCat("label ", label.name(), " comes after ",
                                                     sample.labels(i - 1).name(),
                                                     ": labels must be sorted by name, each at most once"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckClasses(absl::string_view what,
                          const google::protobuf::RepeatedPtrField<v1::ClassCount>& classes, int limit) {
  RETURN_IF_ERROR(AtMost(classes.size(), limit, "number of ", what, "es"));
  std::vector<absl::string_view> names;
  names.reserve(classes.size());
  for (const v1::ClassCount& item : classes) {
    if (item.name().empty()) return absl::InvalidArgumentError(absl::StrCat("an ", what, " has no name"));
    RETURN_IF_ERROR(TextAtMost(what, item.name(), kMaxClassName));
    RETURN_IF_ERROR(AtMost(item.count(), kMaxCount, "count of an ", what));
    names.push_back(item.name());
  }
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(what, " ", JsonQuote(*twice), " comes twice"));
}

absl::Status CheckHistogram(absl::string_view field, const v1::Histogram& histogram) {
  int64_t last = -1;
  for (const v1::Histogram::Bucket& bucket : histogram.buckets()) {
    RETURN_IF_ERROR(AtMost(bucket.index(), HALDANE_DURATION_BUCKETS - 1, "index of a bucket of ", field));
    RETURN_IF_ERROR(AtMost(bucket.count(), kMaxCount, "count of a bucket of ", field));
    if (int64_t{bucket.index()} <= last) {
      return absl::InvalidArgumentError(
          absl::StrCat("buckets of ", field, " are not sorted by index, each at most once: ", bucket.index(),
                       " comes after ", last));
    }
    last = bucket.index();
  }
  return absl::OkStatus();
}

absl::Status CheckCounters(const v1::Counters& counters) {
  for (const Total& total : kTotals) {
    RETURN_IF_ERROR(AtMost((counters.*total.value)(), kMaxCount, total.name));
  }
  RETURN_IF_ERROR(CheckHistogram("http_latency", counters.http_latency()));
  RETURN_IF_ERROR(CheckHistogram("gc_pause", counters.gc_pause()));
  if (counters.http_4xx() + counters.http_5xx() > counters.http_requests()) {
    return absl::InvalidArgumentError(absl::StrCat("http_4xx + http_5xx is ",
                                                   counters.http_4xx() + counters.http_5xx(),
                                                   ", more than http_requests, ", counters.http_requests()));
  }
  if (counters.exceptions_control_flow() > counters.exceptions()) {
    return absl::InvalidArgumentError(absl::StrCat("exceptions_control_flow is ",
                                                   counters.exceptions_control_flow(),
                                                   ", more than exceptions, ", counters.exceptions()));
  }
  RETURN_IF_ERROR(CheckClasses("exception class", counters.classes(), kMaxClassesPerProcess));
  return CheckClasses("error class", counters.sys_error_classes(), kMaxErrorClasses);
}

absl::Status CheckKey(const v1::ProcessKey& key) {
  if (key.pid() == 0) return absl::InvalidArgumentError("pid is 0");
  RETURN_IF_ERROR(AtMost(key.pid(), kMaxPid, "pid"));
  RETURN_IF_ERROR(AtMost(key.start_ns(), INT64_MAX, "start_ns"));
  if (key.boot_id().empty()) return absl::InvalidArgumentError("boot_id is empty");
  return TextAtMost("boot_id", key.boot_id(), 64);
}

absl::Status CheckSample(const v1::ProcessSample& sample) {
  RETURN_IF_ERROR(CheckKey(sample.process()));
  RETURN_IF_ERROR(AtMost(sample.age_ms(), kMaxCount, "age_ms"));
  RETURN_IF_ERROR(CheckLabels(sample));
  RETURN_IF_ERROR(AtMost(sample.gauges().rss_bytes(), kMaxCount, "rss_bytes"));
  RETURN_IF_ERROR(AtMost(sample.exit().signal(), 64, "signal of an exit"));
  RETURN_IF_ERROR(AtMost(sample.exit().status(), 255, "status of an exit"));
  return CheckCounters(sample.counters());
}

absl::Status CheckGaps(const v1::Report& report) {
  RETURN_IF_ERROR(AtMost(report.gaps_size(), kMaxGaps, "number of gaps"));
  for (int i = 0; i < report.gaps_size(); ++i) {
    const v1::SignalGap& gap = report.gaps(i);
    if (gap.signal().empty()) return absl::InvalidArgumentError("a gap names no signal");
    RETURN_IF_ERROR(TextAtMost("signal of a gap", gap.signal(), 64));
    RETURN_IF_ERROR(TextAtMost("detail of a gap", gap.detail(), kMaxGapDetail));
    if (i > 0 && gap.signal() <= report.gaps(i - 1).signal()) {
      return absl::InvalidArgumentError(absl::StrCat("gap of ", gap.signal(), " comes after ",
                                                     report.gaps(i - 1).signal(),
                                                     ": gaps must be sorted by signal, each at most once"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckBudgetUse(const v1::BudgetUse& use) {
  const auto is_share = [](double share) { return share >= 0 && share <= kMostCores; };
  RETURN_IF_ERROR(AtMost(use.groups_size(), kMaxGroups, "number of groups of probes"));
  bool sound = is_share(use.core_share()) && is_share(use.core_budget());
  for (const v1::BudgetUse::Group& group : use.groups()) {
    RETURN_IF_ERROR(TextAtMost("name of a group of probes", group.name(), 64));
    sound &= is_share(group.core_share());
  }
  if (sound) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("a share in budget_use is not a number from 0 to ", kMostCores));
}

}  // namespace

absl::Status CheckHello(const v1::Hello& hello) {
  if (!IsHostName(hello.host())) {
    return absl::InvalidArgumentError(absl::StrCat("host ", JsonQuote(hello.host().substr(0, 80)),
                                                   " is not 1 to 253 characters of [A-Za-z0-9._-]"));
  }
  if (hello.epoch() == 0) return absl::InvalidArgumentError("epoch is 0: it must be drawn at agent start");
  RETURN_IF_ERROR(TextAtMost("agent_version", hello.agent_version(), 64));
  const v1::Compatibility& compatibility = hello.compatibility();
  RETURN_IF_ERROR(TextAtMost("kernel_release", compatibility.kernel_release(), 128));
  RETURN_IF_ERROR(AtMost(compatibility.missing_size(), kMaxMissing, "number of missing capabilities"));
  for (const v1::Compatibility::Missing& missing : compatibility.missing()) {
    RETURN_IF_ERROR(TextAtMost("missing capability", missing.capability(), kMaxText));
    RETURN_IF_ERROR(TextAtMost("reason of a missing capability", missing.reason(), kMaxText));
    RETURN_IF_ERROR(TextAtMost("remedy of a missing capability", missing.remedy(), kMaxText));
  }
  return absl::OkStatus();
}

absl::Status CheckReport(const v1::Report& report) {
  if (report.sequence() == 0)
    return absl::InvalidArgumentError("sequence is 0: the first report of an epoch is 1");
  RETURN_IF_ERROR(AtMost(report.processes_size(), kMaxProcesses, "number of processes"));
  for (const v1::ProcessSample& sample : report.processes()) {
    if (absl::Status status = CheckSample(sample); !status.ok()) {
      return Annotate(status, absl::StrCat("process ", sample.process().pid()));
    }
  }
  RETURN_IF_ERROR(CheckGaps(report));
  RETURN_IF_ERROR(CheckBudgetUse(report.budget_use()));
  RETURN_IF_ERROR(AtMost(report.drops_size(), kMaxDrops, "number of drop counters"));
  for (const v1::DropCounter& drop : report.drops()) {
    RETURN_IF_ERROR(TextAtMost("drop site", drop.site(), 64));
    RETURN_IF_ERROR(AtMost(drop.count(), kMaxCount, "count of a drop site"));
  }
  return absl::OkStatus();
}

}  // namespace haldane::controller
