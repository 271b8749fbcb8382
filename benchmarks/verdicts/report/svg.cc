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

constexpr const char* kBoundStyle = "stroke=\"#c00\" stroke-dasharray=\"5 3\"";

std::string Open(const std::string& title, double height) {
  return absl::StrCat(absl::StrFormat("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" "
                                      "font-family=\"sans-serif\" font-size=\"12\">\n"
                                      "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
                                      kWidth, height),
                      Text(20, 22, "start", title));
}

// Whether some row has several dots of a series.
bool Crowded(const DotPlot& plot) {
  for (const DotPlot::Series& series : plot.series) {
    for (const std::vector<double>& dots : series.values) {
      if (dots.size() > 1) return true;
    }
  }
  return false;
}

double XOf(const DotPlot& plot, double value) {
  const double inside = std::clamp(value, plot.low, plot.high);
  return kLeft + kAxisWidth * std::log(inside / plot.low) / std::log(plot.high / plot.low);
}

struct Legend {
  std::string svg;
  double bottom;
};

// One entry beside the other, as many lines as it takes.
Legend LegendOf(const DotPlot& plot) {
  Legend legend{.bottom = 46};
  double x = 20;
  for (std::size_t s = 0; s < plot.series.size(); ++s) {
    const double width = 26 + 6.2 * static_cast<double>(plot.series[s].name.size());
    if (x + width > kWidth) {
      x = 20;
      legend.bottom += 18;
    }
    absl::StrAppend(&legend.svg,
                    absl::StrFormat("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"%s\"/>\n", x,
                                    legend.bottom, kColours[s % std::size(kColours)]),
                    Text(x + 9, legend.bottom + 4, "start", plot.series[s].name));
    x += width;
  }
  return legend;
}

std::string Axis(const DotPlot& plot, double top, double bottom) {
  std::string svg;
  for (double decade = std::pow(10, std::floor(std::log10(plot.low))); decade <= plot.high * 1.001;
       decade *= 10) {
    for (const double step : {1.0, 2.0, 5.0}) {
      const double value = decade * step;
      if (value < plot.low * 0.999 || value > plot.high * 1.001) continue;
      const double x = XOf(plot, value);
      absl::StrAppend(&svg, Line(x, top, x, bottom, "stroke=\"#ddd\""),
                      Text(x, bottom + 16, "middle", absl::StrFormat("%g", value)));
    }
  }
  absl::StrAppend(&svg, Text(kWidth / 2, bottom + 34, "middle", plot.axis));
  const double x = XOf(plot, plot.bound);
  return absl::StrCat(svg, Line(x, top - 6, x, bottom, kBoundStyle));
}

}  // namespace

std::string PlotAsSvg(const DotPlot& plot) {
  const Legend legend = LegendOf(plot);
  const double top = legend.bottom + 24;
  const double bottom = top + kRowHeight * static_cast<double>(plot.rows.size());
  std::string svg = Open(plot.title, bottom + 46);
  absl::StrAppend(&svg, legend.svg, Axis(plot, top, bottom));
  for (std::size_t r = 0; r < plot.rows.size(); ++r) {
    const double y = top + kRowHeight * (static_cast<double>(r) + 0.5);
    absl::StrAppend(&svg, Text(kLeft - 10, y + 4, "end", plot.rows[r]));
    // The first series is drawn last, on top.
    for (std::size_t s = plot.series.size(); s-- > 0;) {
      // Series lie beside each other where a row has several dots of each.
      const double offset = Crowded(plot) ? (static_cast<double>(s) + 0.5) / plot.series.size() - 0.5 : 0;
      for (const double value : plot.series[s].values[r]) {
        if (std::isnan(value)) continue;
        absl::StrAppend(
            &svg, absl::StrFormat("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\" fill=\"%s\" "
                                  "fill-opacity=\"0.85\"><title>%s: %.3g</title></circle>\n",
                                  XOf(plot, value), y + 0.8 * kRowHeight * offset, Crowded(plot) ? 3 : 5,
                                  kColours[s % std::size(kColours)], plot.series[s].name, value));
      }
    }
  }
  return absl::StrCat(svg, "</svg>\n");
}

std::string PlotAsSvg(const LinePlot& plot) {
  constexpr double kLineHeight = 300;
  const double top = kTop + 16 * static_cast<double>(plot.series.size());
  const double bottom = top + kLineHeight;
  std::size_t seconds = 1;
  for (const LinePlot::Series& series : plot.series) seconds = std::max(seconds, series.values.size());
  const auto x_of = [&](double second) { return 60 + (kWidth - 90) * second / static_cast<double>(seconds); };
  const auto y_of = [&](double value) {
    return bottom -
           kLineHeight * (std::clamp(value, plot.low, plot.high) - plot.low) / (plot.high - plot.low);
  };
  std::string svg = Open(plot.title, bottom + 46);
  for (int step = 0; step <= 6; ++step) {
    const double second = std::round(static_cast<double>(seconds) * step / 6);
    absl::StrAppend(&svg, Line(x_of(second), top, x_of(second), bottom, "stroke=\"#eee\""),
                    Text(x_of(second), bottom + 16, "middle", absl::StrFormat("%.0f", second)));
    const double value = plot.low + (plot.high - plot.low) * step / 6;
    absl::StrAppend(&svg, Line(60, y_of(value), kWidth - 30, y_of(value), "stroke=\"#eee\""),
                    Text(54, y_of(value) + 4, "end", absl::StrFormat("%.2g", value)));
  }
  absl::StrAppend(
      &svg, Line(60, y_of(plot.bound), kWidth - 30, y_of(plot.bound), kBoundStyle),
      Text(kWidth - 34, y_of(plot.bound) - 5, "end", plot.bound_name),
      Line(x_of(plot.mark), top, x_of(plot.mark), bottom, "stroke=\"#999\" stroke-dasharray=\"2 3\""),
      Text(x_of(plot.mark) + 4, bottom - 6, "start", plot.mark_name),
      Text(kWidth / 2, bottom + 34, "middle", plot.x_axis), Text(20, top - 8, "start", plot.y_axis));
  for (std::size_t s = plot.series.size(); s-- > 0;) {
    std::string points;
    for (std::size_t i = 0; i < plot.series[s].values.size(); ++i) {
      absl::StrAppendFormat(&points, "%.1f,%.1f ", x_of(static_cast<double>(i) + 1),
                            y_of(plot.series[s].values[i]));
    }
    const double y = 44 + 16 * static_cast<double>(s);
    absl::StrAppend(
        &svg,
        absl::StrFormat("<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\"/>\n",
                        points, kColours[s]),
        Line(60, y - 4, 84, y - 4, absl::StrFormat("stroke=\"%s\" stroke-width=\"2\"", kColours[s]).c_str()),
        Text(90, y, "start", plot.series[s].name));
  }
  return absl::StrCat(svg, "</svg>\n");
}

}  // namespace haldane::benchmarks
