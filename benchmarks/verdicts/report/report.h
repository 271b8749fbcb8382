#pragma once

#include <optional>
#include <string>
#include <vector>

namespace haldane::benchmarks {

// One promise and what was measured of it.
struct Claim {
  std::string claim;
  std::optional<double> value;  // nothing: it could not be measured
  std::string unit;
  double bound = 0;
  bool met = false;
  std::string note;
};

struct Table {
  std::string title;
  std::string text;  // what the numbers are, in Markdown
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

// Points on a horizontal logarithmic axis: one row for each label, one colour
// for each series.
struct DotPlot {
  std::string file;  // name without folder
  std::string title;
  std::string axis;
  double low = 0;  // of the axis; smaller values are drawn at it
  double high = 1;
  double bound = 0;  // a vertical line
  std::vector<std::string> rows;
  struct Series {
    std::string name;
    std::vector<std::vector<double>> values;  // for each row; NaN is not drawn
  };
  std::vector<Series> series;
};

// Lines over time, both axes linear.
struct LinePlot {
  std::string file;  // name without folder
  std::string title;
  std::string x_axis;
  std::string y_axis;
  double low = 0;  // of the vertical axis; values beyond are drawn at its ends
  double high = 1;
  double bound = 0;  // a horizontal line
  std::string bound_name;
  double mark = 0;  // a vertical line
  std::string mark_name;
  struct Series {
    std::string name;
    std::vector<double> values;  // one for each second from 1
  };
  std::vector<Series> series;
};

// All that a benchmark has to say.
struct Report {
  std::vector<Claim> claims;
  std::vector<Table> tables;
  std::vector<DotPlot> plots;
  std::vector<LinePlot> lines;
};

// A share as a percentage: 0.0125 is "1.25".
std::string Percent(double share);

}  // namespace haldane::benchmarks
