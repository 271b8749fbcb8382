#include "benchmarks/verdicts/report/write.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace haldane::benchmarks {
namespace {

std::string Quoted(const std::string& text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}}), "\"");
}

std::string Number(std::optional<double> value) {
  return value && std::isfinite(*value) ? absl::StrFormat("%.6g", *value) : "null";
}

// Rows of cells with the columns aligned; the last is not padded.
std::string Aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t c = 0; c + 1 < row.size(); ++c) {
      absl::StrAppend(&text, row[c], std::string(widths[c] - row[c].size() + 2, ' '));
    }
    absl::StrAppend(&text, row.back(), "\n");
  }
  return text;
}

std::string MarkdownRow(const std::vector<std::string>& cells) {
  return absl::StrCat("| ", absl::StrJoin(cells, " | "), " |\n");
}

std::string MarkdownTable(const Table& table) {
  std::string text = MarkdownRow(table.header);
  absl::StrAppend(&text, MarkdownRow(std::vector<std::string>(table.header.size(), "---")));
  for (const auto& row : table.rows) absl::StrAppend(&text, MarkdownRow(row));
  return text;
}

Table ClaimTable(const Report& report) {
  Table table{.header = {"promise", "measured", "bound", "unit", "met", "note"}};
  for (const Claim& claim : report.claims) {
    table.rows.push_back({claim.claim, claim.value ? absl::StrFormat("%.3g", *claim.value) : "-",
                          absl::StrFormat("%.3g", claim.bound), claim.unit, claim.met ? "yes" : "**NO**",
                          claim.note});
  }
  return table;
}

}  // namespace

std::string Percent(double share) { return absl::StrFormat("%.3g", 100 * share); }

std::string ClaimsAsJson(const Report& report) {
  std::vector<std::string> entries;
  for (const Claim& claim : report.claims) {
    entries.push_back(
        absl::StrCat("  {\"claim\": ", Quoted(claim.claim), ", \"value\": ", Number(claim.value),
                     ", \"unit\": ", Quoted(claim.unit), ", \"bound\": ", Number(claim.bound),
                     ", \"met\": ", claim.met ? "true" : "false", ", \"note\": ", Quoted(claim.note), "}"));
  }
  return absl::StrCat("[\n", absl::StrJoin(entries, ",\n"), "\n]\n");
}

std::string ClaimsAsText(const Report& report) {
  const Table table = ClaimTable(report);
  std::vector<std::vector<std::string>> rows = {table.header};
  rows.insert(rows.end(), table.rows.begin(), table.rows.end());
  return absl::StrReplaceAll(Aligned(rows), {{"**", ""}});
}

std::string ReportAsMarkdown(const Report& report, const std::string& heading, const std::string& folder) {
  std::string text = absl::StrCat(heading, "\n### Promises\n\n", MarkdownTable(ClaimTable(report)));
  for (const LinePlot& plot : report.lines) {
    absl::StrAppend(&text, "\n![", plot.title, "](", folder, plot.file, ")\n");
  }
  for (const DotPlot& plot : report.plots) {
    absl::StrAppend(&text, "\n![", plot.title, "](", folder, plot.file, ")\n");
  }
  for (const Table& table : report.tables) {
    absl::StrAppend(&text, "\n### ", table.title, "\n\n", table.text, "\n\n", MarkdownTable(table));
  }
  return text;
}

const char kBegin[] = "<!-- measured: made by bench-verdicts; do not edit below -->\n";
const char kEnd[] = "<!-- measured: end -->\n";

absl::StatusOr<std::string> WithMeasured(const std::string& document, const std::string& measured) {
  const std::size_t begin = document.find(kBegin);
  const std::size_t end = document.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    return absl::FailedPreconditionError(
        absl::StrCat("has no place for the report; add two lines to it:\n", kBegin, kEnd));
  }
  return absl::StrCat(document.substr(0, begin), kBegin, "\n", measured, "\n", document.substr(end));
}

absl::Status WriteMeasured(const std::string& path, const std::string& measured) {
  std::string document = absl::StrCat(kBegin, kEnd);
  if (std::ifstream file(path, std::ios::binary); file) {
    document.assign(std::istreambuf_iterator<char>(file), {});
  }
  const absl::StatusOr<std::string> complete = WithMeasured(document, measured);
  if (!complete.ok())
    return absl::FailedPreconditionError(absl::StrCat(path, " ", complete.status().message()));
  return WriteFile(path, *complete);
}

absl::Status WriteFile(const std::string& path, const std::string& content) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.close();
  if (!file) return absl::UnknownError(absl::StrCat(path, ": cannot be written; check the folder"));
  return absl::OkStatus();
}

}  // namespace haldane::benchmarks
