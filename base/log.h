#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace haldane {

// One log line per event, to stderr: text on a terminal, JSON lines elsewhere.
//
//   LogInfo("probe attached", {{"binary", path}, {"source", "usdt"}});
//
// Levels say what the reader should do: kInfo nothing; kWarning look when
// convenient; kError act. A `hint` field says how.
enum class LogLevel { kInfo, kWarning, kError };

// A field's value: anything absl::StrCat takes.
struct LogField {
  LogField(absl::string_view name, const absl::AlphaNum& value) : name(name), value(value.Piece()) {}
  absl::string_view name;
  std::string value;
};

// Writes one line. Thread-safe; lines never interleave.
void Log(LogLevel level, absl::string_view event, std::initializer_list<LogField> fields);

inline void LogInfo(absl::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kInfo, event, fields);
}
inline void LogWarning(absl::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kWarning, event, fields);
}
inline void LogError(absl::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kError, event, fields);
}

// `text` as a JSON string, quotes included. Invalid UTF-8 becomes U+FFFD.
std::string JsonQuote(absl::string_view text);

}  // namespace haldane
