#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "agent/probe/process_counters.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::agent {

// The totals of one process as the controller sees them: no number in them ever
// falls, though the kernel's own totals restart when a process is watched anew,
// and though a class may be named late. An event is attributed once, with what
// is known when it is read. Not thread-safe.
class ProcessTotals {
 public:
  // The name of the class whose object is at this address in the process's
  // present image; empty when it cannot be had.
  using ClassNamer = std::function<std::string(uint64_t klass)>;

  // Adds what `reading` counts beyond the reading before. True when a total
  // changed. A class that has a name is not asked for again.
  bool Add(const ProcessReading& reading, const ClassNamer& namer);
  // The kernel's totals start from zero again.
  void Restart();
  // This process is a fork of that one: its classes are at the same addresses.
  void InheritNames(const ProcessTotals& parent) { names_ = parent.names_; }

  // At most 64 classes, largest first, those of equal count by name.
  haldane::v1::Counters ToProto() const;
  // The levels in the last reading; none before there were any.
  std::optional<haldane::v1::Gauges> Levels() const;

 private:
  void AddClasses(const ProcessReading& reading, const ClassNamer& namer);
  // `name` is empty for a class unknown.
  void Attribute(absl::string_view name, uint64_t count);

  ProcessReading last_;
  uint32_t image_ = 0;                                // that names_ are of
  absl::flat_hash_map<uint64_t, std::string> names_;  // by address of the class
  uint64_t exceptions_ = 0;
  uint64_t control_flow_ = 0;
  uint64_t other_ = 0;
  uint64_t http_requests_ = 0;
  uint64_t http_4xx_ = 0;
  uint64_t http_5xx_ = 0;
  SignalCounts counts_;
  // Once a class has a place it keeps it: were a place reassigned, a total
  // would fall.
  std::map<std::string, uint64_t> classes_;
};

}  // namespace haldane::agent
