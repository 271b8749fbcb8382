#include "cli/console.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace haldane::cli {
namespace {

absl::string_view Environment(const char* name) {
  const char* value = getenv(name);
  return value == nullptr ? "" : value;
}

// The first of the three that is set decides, as for every program.
bool LocaleIsUtf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = absl::AsciiStrToLower(Environment(name));
    if (!value.empty()) return absl::StrContains(value, "utf-8") || absl::StrContains(value, "utf8");
  }
  return false;
}

Style StyleOf(int fd) {
  const bool terminal = isatty(fd) != 0 && Environment("TERM") != "dumb";
  return {.color = terminal && Environment("NO_COLOR").empty(), .unicode = LocaleIsUtf8()};
}

int TerminalWidth() {
  winsize size = {};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

}  // namespace

Console ProcessConsole() {
  return {.out = std::cout,
          .err = std::cerr,
          .out_style = StyleOf(STDOUT_FILENO),
          .err_style = StyleOf(STDERR_FILENO),
          .live = isatty(STDERR_FILENO) != 0 && Environment("TERM") != "dumb",
          .width = TerminalWidth};
}

}  // namespace haldane::cli
