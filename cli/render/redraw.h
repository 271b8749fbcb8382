#pragma once

#include <string>
#include <vector>

#include "cli/console.h"

namespace haldane::cli {

// Lines at the end of a terminal that are drawn anew in their place, on the
// console's err. REQUIRES: the console is live.
class Redraw {
 public:
  explicit Redraw(const Console& console) : console_(console) {}

  // In place of the lines drawn before; none removes them.
  void Draw(const std::vector<std::string>& lines);

 private:
  const Console& console_;
  size_t drawn_ = 0;  // lines on the terminal
};

}  // namespace haldane::cli
