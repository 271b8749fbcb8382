#include "benchmarks/probes/results.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace haldane::benchmarks {
namespace {

std::string Quoted(const std::string& text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", " "}}), "\"");
}

}  // namespace

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::string AsJson(const std::vector<Result>& results) {
  std::string json = "[\n";
  for (const Result& result : results) {
    absl::StrAppendFormat(
        &json,
        "  {\"claim\": %s, \"value\": %.6g, \"unit\": %s, \"bound\": %s, \"met\": %s, \"note\": %s}%s\n",
        Quoted(result.claim), result.value, Quoted(result.unit),
        result.bound > 0 ? absl::StrFormat("%.6g", result.bound) : "null", result.met() ? "true" : "false",
        Quoted(result.note), &result == &results.back() ? "" : ",");
  }
  return json + "]\n";
}

std::string AsTable(const std::vector<Result>& results) {
  std::string table;
  for (const Result& result : results) {
    const std::string bound = result.bound > 0 ? absl::StrFormat("<= %.6g", result.bound) : "";
    absl::StrAppendFormat(&table, "%-7s %-62s %10.4g %-9s %-10s %s\n",
                          result.bound > 0 ? (result.met() ? "met" : "NOT MET") : "", result.claim,
                          result.value, result.unit, bound, result.note);
  }
  return table;
}

std::string AsMarkdown(const std::vector<Result>& results) {
  std::string table = "| what | measured | promised | |\n|---|---|---|---|\n";
  for (const Result& result : results) {
    const std::string bound = result.bound > 0
                                  ? absl::StrFormat("at most %.6g %s%s", result.bound, result.unit,
                                                    result.met() ? "" : ", **not met**")
                                  : "";
    absl::StrAppendFormat(&table, "| %s | %.4g %s | %s | %s |\n", result.claim, result.value, result.unit,
                          bound, result.note);
  }
  return table;
}

bool PutBetweenMarks(const std::string& path, const std::string& text) {
  constexpr absl::string_view kBegin = "<!-- probes: begin -->\n", kEnd = "<!-- probes: end -->";
  std::stringstream before;
  before << std::ifstream(path).rdbuf();
  std::string page = before.str();
  const size_t begin = page.find(std::string(kBegin)), end = page.find(std::string(kEnd));
  if (begin == std::string::npos || end == std::string::npos || end < begin) return false;
  page.replace(begin + kBegin.size(), end - begin - kBegin.size(), text);
  return static_cast<bool>(std::ofstream(path, std::ios::trunc) << page << std::flush);
}

}  // namespace haldane::benchmarks
