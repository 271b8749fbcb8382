#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace haldane::cli {

// What an output can show.
struct Style {
  bool color = false;
  bool unicode = false;
};

enum class Color { kNone, kGreen, kRed, kYellow, kDim, kBold };

// `text` in a colour where the style has colours.
std::string Paint(const Style& style, Color color, absl::string_view text);

// Number of columns that `text` takes, colours not counted.
int Columns(absl::string_view text);

// `text` cut to at most `columns`, colours kept and closed.
std::string CutTo(absl::string_view text, int columns);

// Text from elsewhere made safe for a terminal: every control character and
// every byte that is not UTF-8 becomes '?'. Class names come from the processes
// that are watched, and so are hostile.
std::string Printable(absl::string_view text);

}  // namespace haldane::cli
