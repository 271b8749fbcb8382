#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace haldane::guard {

// While it lives, what libbpf and the kernel's verifier say is kept, to become
// part of an error. One at a time, on the guard's one thread.
class LibbpfLog {
 public:
  LibbpfLog();
  ~LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;

  // An error of errno `error` (either sign): what failed, the errno's text, and
  // the last lines of what was said.
  absl::Status Error(int error, absl::string_view what) const;

  void Append(absl::string_view text);

 private:
  std::string text_;
};

}  // namespace haldane::guard
