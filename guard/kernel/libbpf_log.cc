#include "guard/kernel/libbpf_log.h"

#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace haldane::guard {
namespace {

// A rejected program's verifier log ends with the reason.
constexpr size_t kLogKept = 4096;

LibbpfLog* g_log = nullptr;

int KeepLibbpfMessage(libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_WARN || g_log == nullptr) return 0;
  char* text = nullptr;
  if (vasprintf(&text, format, arguments) < 0) return 0;
  g_log->Append(text);
  free(text);
  return 0;
}

}  // namespace

LibbpfLog::LibbpfLog() {
  g_log = this;
  libbpf_set_print(KeepLibbpfMessage);
}

LibbpfLog::~LibbpfLog() { g_log = nullptr; }

void LibbpfLog::Append(absl::string_view text) {
  absl::StrAppend(&text_, text);
  if (text_.size() > kLogKept) text_.erase(0, text_.size() - kLogKept);
}

absl::Status LibbpfLog::Error(int error, absl::string_view what) const {
  const absl::Status status = absl::ErrnoToStatus(abs(error), what);
  const absl::string_view said = absl::StripAsciiWhitespace(text_);
  if (said.empty()) return status;
  return absl::Status(status.code(), absl::StrCat(status.message(), "\n", said));
}

}  // namespace haldane::guard
