#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace haldane::agent {

// The environment of another process. As it was started with, as long as
// /proc/PID/environ shows that; a process that has overwritten it to set a long
// title (Puma's workers do) is asked for its current one, in its memory.
// Reads lazily, each source at most once.
class ProcessEnvironment {
 public:
  // `process` is the process's folder, such as /proc/42.
  ProcessEnvironment(std::string process, uint32_t pid) : process_(std::move(process)), pid_(pid) {}

  // The variable's value. None when it is not set, longer than 4 KiB, or cannot be read.
  std::optional<std::string> Get(absl::string_view name);

 private:
  using Variables = std::map<std::string, std::string>;

  Variables ReadInitial() const;
  Variables ReadCurrent() const;
  std::optional<uint64_t> FindEnvironPointer() const;

  std::string process_;
  uint32_t pid_;
  std::optional<Variables> initial_;
  std::optional<Variables> current_;
};

}  // namespace haldane::agent
