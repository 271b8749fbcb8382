#include "cli/render/redraw.h"

#include "absl/strings/str_cat.h"
#include "cli/render/style.h"

namespace haldane::cli {

void Redraw::Draw(const std::vector<std::string>& lines) {
  std::string out;
  if (drawn_ > 0) absl::StrAppend(&out, "\x1B[", drawn_, "A\r\x1B[J");
  const int width = console_.width();
  // A line that wrapped would take two rows, and the next redraw would miss one.
  for (const std::string& line : lines) absl::StrAppend(&out, CutTo(line, width - 1), "\n");
  drawn_ = lines.size();
  console_.err << out << std::flush;
}

}  // namespace haldane::cli
