#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// Domain names. As text they are normalised: lower case, labels joined by dots,
// no dot at the end, "." for the root; in a label a dot, a backslash, and every
// byte that is not printable ASCII are \DDD. Two texts are equal exactly when
// the names are.
namespace haldane::guard {

inline constexpr size_t kMaxNameBytes = 255;  // on the wire, with the root's byte

// Reads the name that begins at `*offset` of a DNS message and moves `*offset`
// behind it. Nothing when it leaves the message, is longer than kMaxNameBytes,
// has a label type other than plain and pointer, more than 16 pointers, or one
// that does not point backwards or points into the message's header.
std::optional<std::string> ReadName(absl::string_view message, size_t* offset);

// As ReadName, for where the standards forbid compression (the targets of SVCB
// and HTTPS records). `message` ends where the name must.
std::optional<std::string> ReadPlainName(absl::string_view message, size_t* offset);

// The wire form of a normalised name, without compression. Nothing when the
// text is no normalised name.
std::optional<std::string> WireName(absl::string_view name);

// A name as a person writes it, normalised: "GitHub.COM." is github.com, and
// letters beyond ASCII become their A-labels (bücher.example is
// xn--bcher-kva.example). INVALID_ARGUMENT says what is wrong and what to do.
absl::StatusOr<std::string> ParseDomain(absl::string_view text);

// True when `name` lies below `ancestor`; a name does not lie below itself, and
// everything lies below the root. Both normalised.
bool IsBelow(absl::string_view name, absl::string_view ancestor);

// The name without its first label; "." for a name of one label, empty for ".".
absl::string_view ParentOf(absl::string_view name);

}  // namespace haldane::guard
