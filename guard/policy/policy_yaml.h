#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "guard/policy/policy.h"

namespace haldane::guard {

// Gives the text of a file that a policy names (`list: ranges.txt`), by the
// path that stands in the policy.
using ReadList = std::function<absl::StatusOr<std::string>(const std::string& path)>;

// Reads a policy as people write it, in YAML or JSON (deploy/guard has
// examples, policy/README.md every key). Pure: files come through `read_list`.
//
// INVALID_ARGUMENT with everything that is wrong, in the order of the lines,
// one "FILE:LINE: key.path: what is wrong; what to do" each. The text may be
// hostile.
absl::StatusOr<std::unique_ptr<Policy>> ParsePolicy(absl::string_view text, absl::string_view file_name,
                                                    const ReadList& read_list);

// The policy in a file; paths of its lists are relative to the file's folder.
absl::StatusOr<std::unique_ptr<Policy>> LoadPolicy(const std::string& path);

}  // namespace haldane::guard
