#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace haldane::guard {

// What the first bytes of a TLS connection show.
struct TlsHello {
  std::string server_name;       // lower case; empty: none
  bool encrypted_hello = false;  // it has one inside that shows another name (ECH)
};

// Reads a ClientHello, which may be cut off: what stands before the cut is
// found. Nothing when it is none. Hostile input is fine. Pure.
std::optional<TlsHello> ParseTlsHello(absl::string_view bytes);

}  // namespace haldane::guard
