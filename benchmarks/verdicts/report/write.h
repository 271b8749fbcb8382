#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "benchmarks/verdicts/report/report.h"

namespace haldane::benchmarks {

// The claims as a JSON list of {claim, value, unit, bound, met, note}.
std::string ClaimsAsJson(const Report& report);

// The claims as a table for a terminal, one line each.
std::string ClaimsAsText(const Report& report);

// Everything as Markdown below `heading`, which says how it was made. `folder`
// is where plots are, relative to the document.
std::string ReportAsMarkdown(const Report& report, const std::string& heading, const std::string& folder);

// One plot as an SVG document.
std::string PlotAsSvg(const DotPlot& plot);
std::string PlotAsSvg(const LinePlot& plot);

// Creates or replaces a file, and its folder when that is missing.
absl::Status WriteFile(const std::string& path, const std::string& content);

// The document with what stands between its two markers replaced; the rest is
// people's. Fails when there are no markers.
extern const char kBegin[];
extern const char kEnd[];
absl::StatusOr<std::string> WithMeasured(const std::string& document, const std::string& measured);

// Replaces the same in a file. A file that does not exist is made, of nothing
// else.
absl::Status WriteMeasured(const std::string& path, const std::string& measured);

}  // namespace haldane::benchmarks
