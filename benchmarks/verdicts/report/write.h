#pragma once

#include <string>

#include "absl/status/status.h"
#include "benchmarks/verdicts/report/report.h"

namespace haldane::benchmarks {

// The claims as a JSON list of {claim, value, unit, bound, met, note}.
std::string ClaimsAsJson(const Report& report);

// The claims as a table for a terminal, one line each.
std::string ClaimsAsText(const Report& report);

// Everything as Markdown, plots by file name relative to it, below `heading`,
// which says how it was made.
std::string ReportAsMarkdown(const Report& report, const std::string& heading);

// One plot as an SVG document.
std::string PlotAsSvg(const DotPlot& plot);

// Creates or replaces a file, and its folder when that is missing.
absl::Status WriteFile(const std::string& path, const std::string& content);

}  // namespace haldane::benchmarks
