#include "benchmarks/verdicts/study.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmarks/verdicts/claims/delays.h"
#include "benchmarks/verdicts/claims/share.h"
#include "benchmarks/verdicts/contestants.h"
#include "benchmarks/verdicts/report/write.h"

namespace haldane::benchmarks {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Independent events are what theory covers exactly: no budget may be exceeded
// by more than chance allows.
TEST(PoissonFalseStopsTest, StayWithinTheirExactBound) {
  const NamedModel& model = FindNoiseModel("poisson");
  constexpr int kRuns = 60;
  const Cell cell{
      .name = "poisson A/A",
      .model = model.make,
      .setup = {.cohorts = {5, 5}, .before = 300},
      .seconds = 900,
      .runs = kRuns,
      .judges = {Engine(Mode::kCold, model), Engine(Mode::kProfile, model), Engine(Mode::kPrePeriod, model)}};
  for (const std::vector<Trace>& traces : RunCell(cell, {2})) {
    for (const double alpha : kAlphas) {
      const int stops = StopsAt(traces, -std::log(alpha));
      EXPECT_LE(ShareOf(stops, kRuns).low, alpha) << stops << " of " << kRuns;
    }
  }
}

TEST(StudyTest, ReportsEveryPromise) {
  const Scale scale{.runs = 2,
                    .harmful_runs = 1,
                    .models = {"poisson", "poisson_hi"},
                    .cohorts = {{5, 5}},
                    .calmer = {{5, 5}},
                    .with_past = {{5, 5}},
                    .delay_cohorts = {{3, 3}, {5, 5}},
                    .ratios = {5}};
  const Report report = RunStudies(scale);
  for (const char* claim :
       {"false stops in the worst cell, budget 1 %, cold",
        "false stops in the worst cell, budget 0.1 %, with the same hosts' past",
        "false stops in the worst cell, budget 5 %, latency",
        "times sooner than Kayenta, median cell, one bound",
        "times sooner than z-test, median cell, peer tuned",
        "mean delay over Wald's bound, cold, ten hosts and more",
        "mean delay over Wald's bound, with a profile, 2 and 3 hosts", "wrong proceeds", "a gross failure",
        "conditions in which the same hosts' past", "one evaluation tick"}) {
    EXPECT_THAT(report.claims, Contains(Field(&Claim::claim, StartsWith(claim))));
  }
  for (const Table& table : report.tables) {
    EXPECT_FALSE(table.rows.empty()) << table.title;
    for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.header.size()) << table.title;
  }
  EXPECT_FALSE(report.lines.empty());
  for (const DotPlot& plot : report.plots) {
    for (const auto& series : plot.series) EXPECT_EQ(series.values.size(), plot.rows.size()) << plot.title;
  }
}

TEST(ScaleTest, FullGridHoldsEveryModel) {
  EXPECT_EQ(FullScale(10).models.size(), NoiseModels().size());
  for (const std::string& model : QuickScale(10).models) EXPECT_TRUE(FullScale(10).Has(model));
}

Report SmallReport() {
  return {
      .claims = {{"a \"quoted\" claim", 1.25, "x", 2, true, "fine"}, {"unmeasured", {}, "%", 1, false, ""}},
      .tables = {{.title = "T", .text = "words", .header = {"a", "b"}, .rows = {{"1", "2"}}}},
      .plots = {{.file = "p.svg",
                 .title = "P & Q",
                 .axis = "x",
                 .low = 0.1,
                 .high = 100,
                 .bound = 1,
                 .rows = {"r"},
                 .series = {{"s", {{5}}}}}}};
}

TEST(ReportTest, JsonIsAListOfClaims) {
  EXPECT_EQ(ClaimsAsJson(SmallReport()),
            "[\n"
            "  {\"claim\": \"a \\\"quoted\\\" claim\", \"value\": 1.25, \"unit\": \"x\", \"bound\": 2, "
            "\"met\": true, \"note\": \"fine\"},\n"
            "  {\"claim\": \"unmeasured\", \"value\": null, \"unit\": \"%\", \"bound\": 1, \"met\": false, "
            "\"note\": \"\"}\n"
            "]\n");
}

TEST(ReportTest, TextAlignsClaims) {
  EXPECT_THAT(ClaimsAsText(SmallReport()),
              HasSubstr("a \"quoted\" claim  1.25      2      x     yes     fine\n"));
}

TEST(ReportTest, MarkdownHoldsTablesAndPlots) {
  const std::string text = ReportAsMarkdown(SmallReport(), "# H\n", "plots/");
  EXPECT_THAT(text, StartsWith("# H\n"));
  EXPECT_THAT(text, HasSubstr("| a | b |\n| --- | --- |\n| 1 | 2 |\n"));
  EXPECT_THAT(text, HasSubstr("![P & Q](plots/p.svg)"));
  EXPECT_THAT(text, HasSubstr("| unmeasured | - | 1 | % | **NO** |"));
}

TEST(ReportTest, ReplacesOnlyWhatWasMeasured) {
  const std::string before = absl::StrCat("# People's\n", kBegin, "old\n", kEnd, "and more\n");
  const auto after = WithMeasured(before, "new\n");
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(*after, absl::StrCat("# People's\n", kBegin, "\nnew\n\n", kEnd, "and more\n"));
  EXPECT_EQ(*WithMeasured(*after, "new\n"), *after);
  EXPECT_THAT(std::string(WithMeasured("no markers", "new").status().message()), HasSubstr("add two lines"));
}

TEST(ReportTest, LinesStayWithinTheirPlot) {
  const std::string svg = PlotAsSvg(
      LinePlot{.title = "L", .low = 0, .high = 10, .bound = 5, .series = {{"s", {0, 10, 1e9, -1e9}}}});
  EXPECT_THAT(svg, HasSubstr("<polyline points=\"222.5,386.0 385.0,86.0 547.5,86.0 710.0,386.0 \""));
}

TEST(ReportTest, PlotsPutValuesOnALogarithmicAxis) {
  const std::string svg = PlotAsSvg(SmallReport().plots[0]);
  EXPECT_THAT(svg, HasSubstr("P &amp; Q"));
  // 5 on an axis from 0.1 to 100 is at ln(50)/ln(1000) of its 560 pixels.
  EXPECT_THAT(svg, HasSubstr("<circle cx=\"467.1\""));
}

}  // namespace
}  // namespace haldane::benchmarks
