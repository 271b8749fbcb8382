#include "base/log.h"

#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/utf8.h"

namespace haldane {
namespace {

constexpr absl::string_view kLevelNames[] = {"info", "warning", "error"};
constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";

std::string TextLine(LogLevel level, absl::string_view event, std::initializer_list<LogField> fields) {
  std::string line = absl::StrCat(absl::FormatTime("%H:%M:%E3S", absl::Now(), absl::LocalTimeZone()), " ",
                                  kLevelNames[static_cast<int>(level)], " ", event);
  for (const LogField& field : fields) absl::StrAppend(&line, " ", field.name, "=", JsonQuote(field.value));
  return line + "\n";
}

std::string JsonLine(LogLevel level, absl::string_view event, std::initializer_list<LogField> fields) {
  std::string line = absl::StrCat(
      "{\"time\":\"", absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone()),
      "\",\"level\":\"", kLevelNames[static_cast<int>(level)], "\",\"event\":", JsonQuote(event));
  for (const LogField& field : fields) {
    absl::StrAppend(&line, ",", JsonQuote(field.name), ":", JsonQuote(field.value));
  }
  return line + "}\n";
}

}  // namespace

void Log(LogLevel level, absl::string_view event, std::initializer_list<LogField> fields) {
  static const bool terminal = isatty(STDERR_FILENO) != 0;
  const std::string line = terminal ? TextLine(level, event, fields) : JsonLine(level, event, fields);
  // One write per line keeps lines whole; a log that cannot be written is no
  // reason to stop, and there is nowhere to say so.
  while (write(STDERR_FILENO, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

std::string JsonQuote(absl::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    const char c = text[0];
    if (length == 0) {
      absl::StrAppend(&out, kReplacement);
    } else if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out.append("\\n");
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      absl::StrAppendFormat(&out, "\\u%04x", static_cast<unsigned>(c));
    } else if (c == '\xC2' && static_cast<unsigned char>(text[1]) < 0xA0) {
      // C1 controls: terminals obey them.
      absl::StrAppendFormat(&out, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(text[1])));
    } else {
      out.append(text.data(), length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out.push_back('"');
  return out;
}

}  // namespace haldane
