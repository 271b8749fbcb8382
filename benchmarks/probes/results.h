#pragma once

#include <string>
#include <vector>

namespace haldane::benchmarks {

// One number; a promise if it has a bound.
struct Result {
  std::string claim;
  double value = 0;
  std::string unit;
  double bound = 0;  // 0: none, it is for comparison
  std::string note;

  bool met() const { return bound == 0 || value <= bound; }
};

// The middle of some measurements, which must not be empty.
double Median(std::vector<double> values);

// As a table in Markdown.
std::string AsMarkdown(const std::vector<Result>& results);
// Puts the text between the lines "<!-- probes: begin -->" and "<!-- probes: end -->"
// of a file; whether they were there.
bool PutBetweenMarks(const std::string& path, const std::string& text);

// As a JSON list of {claim, value, unit, bound, met, note}, and as a table.
std::string AsJson(const std::vector<Result>& results);
std::string AsTable(const std::vector<Result>& results);

}  // namespace haldane::benchmarks
