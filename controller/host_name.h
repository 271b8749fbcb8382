#pragma once

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

namespace haldane::controller {

// True for 1 to 253 characters of [A-Za-z0-9._-]: names of hosts, and of
// deployers in certificates.
inline bool IsHostName(absl::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (const char c : name) {
    if (!absl::ascii_isalnum(c) && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

}  // namespace haldane::controller
