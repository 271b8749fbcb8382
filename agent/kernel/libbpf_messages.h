#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace haldane::agent {

// While one lives, what libbpf and the kernel's verifier say on this thread is
// kept, to become part of an error. At other times libbpf's warnings are logged.
// They nest; the innermost keeps.
class LibbpfMessages {
 public:
  LibbpfMessages();
  ~LibbpfMessages();
  LibbpfMessages(const LibbpfMessages&) = delete;
  LibbpfMessages& operator=(const LibbpfMessages&) = delete;

  // An error of errno `error` (either sign): what failed, the errno's text, and
  // the last lines of what was said.
  absl::Status Error(int error, absl::string_view what) const;

  void Append(absl::string_view text);

 private:
  LibbpfMessages* const outer_;
  std::string text_;
};

}  // namespace haldane::agent
