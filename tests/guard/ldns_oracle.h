#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace haldane::guard {

// What ldns, a parser that is not ours, makes of a message.
struct OracleView {
  bool parsed = false;
  std::vector<std::string> questions;  // "name type class", names normalised as ours
  std::vector<std::string> records;    // "section owner type ttl", as above, without OPT
  std::vector<std::string> addresses;  // of the answer section's A and AAAA, in its order
  std::vector<std::string> aliases;    // targets of the answer section's CNAME and DNAME
};
OracleView AskLdns(absl::string_view wire);

// Says how our view of the message differs from the oracle's; empty when it
// does not. Messages that only we refuse agree: we are stricter on purpose.
std::string DifferenceFromLdns(absl::string_view wire);

}  // namespace haldane::guard
