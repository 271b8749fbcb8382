#pragma once

#include <string>
#include <vector>

namespace haldane::cli {

// A table without borders under headers in capitals. Columns are as wide as
// their widest cell; cells may be painted.
class Table {
 public:
  explicit Table(std::vector<std::string> headers) : rows_{std::move(headers)} {}

  // A row shorter than the headers is filled with empty cells.
  void AddRow(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.size() == 1; }

  // Every line ends with a newline and none with a space.
  std::string Render() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace haldane::cli
