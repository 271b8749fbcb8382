#include "cli/render/table.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/render/style.h"

namespace haldane::cli {
namespace {

constexpr int kGap = 2;

}  // namespace

std::string Table::Render() const {
  std::vector<int> widths(rows_[0].size(), 0);
  for (const std::vector<std::string>& row : rows_) {
    for (size_t i = 0; i < row.size() && i < widths.size(); ++i)
      widths[i] = std::max(widths[i], Columns(row[i]));
  }
  std::string out;
  for (const std::vector<std::string>& row : rows_) {
    std::string line;
    for (size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      const int padding = widths[i] - Columns(row[i]) + kGap;
      absl::StrAppend(&line, row[i], std::string(static_cast<size_t>(padding), ' '));
    }
    absl::StrAppend(&out, absl::StripTrailingAsciiWhitespace(line), "\n");
  }
  return out;
}

}  // namespace haldane::cli
