#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "benchmarks/verdicts/report/write.h"

namespace haldane::benchmarks {
namespace {

constexpr double kLeft = 150;  // of the axis
constexpr double kAxisWidth = 560;
constexpr double kTop = 70;
constexpr double kRowHeight = 24;
constexpr double kWidth = kLeft + kAxisWidth + 30;
// Distinguishable without colour vision (Okabe and Ito).
constexpr const char* kColours[] = {"#0072b2", "#56b4e9", "#d55e00", "#e69f00",
                                    "#cc79a7", "#009e73", "#777777", "#000000"};

std::string Text(double x, double y, const char* anchor, const std::string& text) {
  return absl::StrFormat("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor,
                         absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}}));
}

std::string Line(double x1, double y1, double x2, double y2, const char* style) {
  return absl::StrFormat("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2, y2,
                         style);
}

double XOf(const DotPlot& plot, double value) {
  const double inside = std::clamp(value, plot.low, plot.high);
  return kLeft + kAxisWidth * std::log(inside / plot.low) / std::log(plot.high / plot.low);
}

std::string Legend(const DotPlot& plot) {
  std::string svg;
  double x = 20;
  for (std::size_t s = 0; s < plot.series.size(); ++s) {
    absl::StrAppend(&svg,
                    absl::StrFormat("<circle cx=\"%.1f\" cy=\"46\" r=\"5\" fill=\"%s\"/>\n", x,
                                    kColours[s % std::size(kColours)]),
                    Text(x + 9, 50, "start", plot.series[s].name));
    x += 26 + 7 * static_cast<double>(plot.series[s].name.size());
  }
  return svg;
}

std::string Axis(const DotPlot& plot, double bottom) {
  std::string svg;
  for (double decade = std::pow(10, std::floor(std::log10(plot.low))); decade <= plot.high * 1.001;
       decade *= 10) {
    for (const double step : {1.0, 2.0, 5.0}) {
      const double value = decade * step;
      if (value < plot.low * 0.999 || value > plot.high * 1.001) continue;
      const double x = XOf(plot, value);
      absl::StrAppend(&svg, Line(x, kTop, x, bottom, "stroke=\"#ddd\""),
                      Text(x, bottom + 16, "middle", absl::StrFormat("%g", value)));
    }
  }
  absl::StrAppend(&svg, Text(kLeft + kAxisWidth / 2, bottom + 34, "middle", plot.axis));
  const double x = XOf(plot, plot.bound);
  return absl::StrCat(svg, Line(x, kTop - 6, x, bottom, "stroke=\"#c00\" stroke-dasharray=\"5 3\""));
}

}  // namespace

std::string PlotAsSvg(const DotPlot& plot) {
  const double bottom = kTop + kRowHeight * static_cast<double>(plot.rows.size());
  std::string svg = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" "
      "font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
      kWidth, bottom + 46);
  absl::StrAppend(&svg, Text(kLeft, 22, "start", plot.title), Legend(plot), Axis(plot, bottom));
  for (std::size_t r = 0; r < plot.rows.size(); ++r) {
    const double y = kTop + kRowHeight * (static_cast<double>(r) + 0.5);
    absl::StrAppend(&svg, Text(kLeft - 10, y + 4, "end", plot.rows[r]));
    // The first series is drawn last, on top.
    for (std::size_t s = plot.series.size(); s-- > 0;) {
      const double value = plot.series[s].values[r];
      if (std::isnan(value)) continue;
      absl::StrAppend(&svg, absl::StrFormat("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"%s\" "
                                            "fill-opacity=\"0.85\"><title>%s: %.3g</title></circle>\n",
                                            XOf(plot, value), y, kColours[s % std::size(kColours)],
                                            plot.series[s].name, value));
    }
  }
  return absl::StrCat(svg, "</svg>\n");
}

}  // namespace haldane::benchmarks
