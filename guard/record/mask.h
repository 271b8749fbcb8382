#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace haldane::guard {

// A command line, or a line of a script, with what is probably secret replaced
// by ***: credentials in URLs; values of options, variables, headers, query and
// JSON fields whose name says password, token, secret, key or the like;
// user:password pairs of curl -u and passwords of mysql -p; and words with the
// shape of well-known tokens. When in doubt it masks. Masking twice changes
// nothing.
std::string MaskSecrets(absl::string_view text);

// At most `limit` bytes of it, cut between characters.
std::string CutText(absl::string_view text, size_t limit);

}  // namespace haldane::guard
