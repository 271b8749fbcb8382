#include "agent/kernel/libbpf_messages.h"

#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"

namespace haldane::agent {
namespace {

// A rejected program's verifier log ends with the reason.
constexpr size_t kMessagesKept = 4096;

thread_local LibbpfMessages* t_messages = nullptr;

int TakeLibbpfMessage(libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_WARN) return 0;
  char* text = nullptr;
  if (vasprintf(&text, format, arguments) < 0) return 0;
  if (t_messages != nullptr) {
    t_messages->Append(text);
  } else {
    LogWarning("libbpf", {{"message", absl::StripAsciiWhitespace(text)}});
  }
  free(text);
  return 0;
}

}  // namespace

LibbpfMessages::LibbpfMessages() : outer_(t_messages) {
  static const libbpf_print_fn_t previous = libbpf_set_print(TakeLibbpfMessage);
  (void)previous;
  t_messages = this;
}

LibbpfMessages::~LibbpfMessages() { t_messages = outer_; }

void LibbpfMessages::Append(absl::string_view text) {
  absl::StrAppend(&text_, text);
  if (text_.size() > kMessagesKept) text_.erase(0, text_.size() - kMessagesKept);
}

absl::Status LibbpfMessages::Error(int error, absl::string_view what) const {
  const absl::Status status = absl::ErrnoToStatus(abs(error), what);
  const absl::string_view said = absl::StripAsciiWhitespace(text_);
  if (said.empty()) return status;
  return absl::Status(status.code(), absl::StrCat(status.message(), "\n", said));
}

}  // namespace haldane::agent
