#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::agent {

// The signals that this host does not count at present, as a report lists them.
// Not thread-safe.
class Gaps {
 public:
  // A signal has one cause: the first that is added. `detail` is a sentence for
  // a person, with what to do.
  void Add(absl::string_view signal, haldane::v1::SignalGap::Cause cause, absl::string_view detail);
  // Sorted by signal.
  std::vector<haldane::v1::SignalGap> List() const;

 private:
  std::map<std::string, haldane::v1::SignalGap> gaps_;
};

// The signals that the raise probe counts.
inline constexpr std::initializer_list<const char*> kRaiseSignals = {"ruby.exceptions",
                                                                     "ruby.exceptions.new_class"};

}  // namespace haldane::agent
