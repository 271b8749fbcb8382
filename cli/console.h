#pragma once

#include <functional>
#include <ostream>

#include "cli/render/style.h"

namespace haldane::cli {

// Where a command writes: documents to `out`, everything else to `err`.
struct Console {
  std::ostream& out;
  std::ostream& err;
  Style out_style;
  Style err_style;
  // True when `err` is a terminal whose lines can be redrawn.
  bool live = false;
  // Columns of that terminal, which may change at any time.
  std::function<int()> width = [] { return 80; };
};

// The process's own stdout and stderr. Colours on terminals, unless NO_COLOR is
// set; Unicode where the locale is UTF-8.
Console ProcessConsole();

}  // namespace haldane::cli
