#include "benchmarks/verdicts/claims/proceed.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmarks/verdicts/claims/share.h"
#include "benchmarks/verdicts/contestants.h"
#include "benchmarks/verdicts/progress.h"

namespace haldane::benchmarks {
namespace {

constexpr double kTolerated = 1.5;
constexpr double kMissed = 0.05;
const char* const kProceedModels[] = {"poisson", "poisson_hi", "hostcv.3hi", "ar1slow", "combo_hi"};
constexpr Mode kProceedModes[] = {Mode::kCold, Mode::kProfile, Mode::kPrePeriod};

// For each of kProceedModes, the seconds after which each run proceeded; 0 for never.
std::vector<std::vector<int>> RunProceed(const Scale& scale, const NamedModel& model, const Cohorts& cohorts,
                                         double ratio, int runs) {
  const Question question{.tolerate_ratio = kTolerated, .missed = kMissed, .alphas = {0.01}};
  Cell cell{.name = absl::StrCat("proceed/", model.name, "/", CohortsName(cohorts), "/", ratio),
            .model = model.make,
            .setup = {.cohorts = cohorts, .harm = {.ratio = ratio}, .before = kBefore},
            .seconds = kRollout,
            .runs = runs};
  for (const Mode mode : kProceedModes) cell.judges.push_back(Engine(mode, model, question));
  std::vector<std::vector<int>> times;
  for (const std::vector<Trace>& traces : RunCell(cell, scale.workers)) {
    times.emplace_back();
    for (const Trace& trace : traces) times.back().push_back(trace.proceeded);
  }
  return times;
}

int Proceeded(const std::vector<int>& times) {
  return static_cast<int>(std::count_if(times.begin(), times.end(), [](int time) { return time > 0; }));
}

std::string MedianProceed(std::vector<int> times) {
  const int proceeded = Proceeded(times);
  const double share = 100.0 * proceeded / static_cast<double>(times.size());
  if (2 * proceeded <= static_cast<int>(times.size())) return absl::StrFormat("- (%.0f %%)", share);
  std::sort(times.begin(), times.end());  // those that never did come first
  const std::size_t never = times.size() - static_cast<std::size_t>(proceeded);
  const int median = times[std::min(times.size() - 1, never + times.size() / 2)];
  return absl::StrFormat("%d s (%.0f %%)", median, share);
}

}  // namespace

void ReportProceed(const Scale& scale, Report& report) {
  Table table{
      .title = "Proceeding",
      .text = absl::StrFormat(
          "Tolerated ratio %g, missed budget %g. Wrong: percent of rollouts whose true ratio *is* %g that "
          "proceed within 30 minutes. Right: median time until a canary as good as the baseline proceeds "
          "(in brackets the share that does).",
          kTolerated, kMissed, kTolerated),
      .header = {"noise", "hosts"}};
  for (const Mode mode : kProceedModes) {
    table.header.push_back(absl::StrCat("wrong, ", ModeName(mode)));
    table.header.push_back(absl::StrCat("right, ", ModeName(mode)));
  }
  std::vector<Claim> claims;
  for (const Mode mode : kProceedModes) {
    claims.push_back({.claim = absl::StrCat("wrong proceeds at the tolerated ratio, ", ModeName(mode)),
                      .value = 0,
                      .unit = "%",
                      .bound = 100 * kMissed,
                      .met = true});
  }

  for (const char* name : kProceedModels) {
    if (!scale.Has(name)) continue;
    const NamedModel& model = FindNoiseModel(name);
    for (const Cohorts& cohorts : {scale.cohorts.front()}) {
      const auto wrong = RunProceed(scale, model, cohorts, kTolerated, scale.runs / 3);
      const auto right = RunProceed(scale, model, cohorts, 1, std::max(1, scale.runs / 8));
      std::vector<std::string> row = {name, CohortsName(cohorts)};
      for (std::size_t mode = 0; mode < std::size(kProceedModes); ++mode) {
        const Share share = ShareOf(Proceeded(wrong[mode]), static_cast<int>(wrong[mode].size()));
        row.push_back(Percent(share.value));
        row.push_back(MedianProceed(right[mode]));
        Claim& claim = claims[mode];
        if (share.low > kMissed) claim.met = false;
        if (100 * share.value < *claim.value || (!claim.note.empty() && 100 * share.value == *claim.value))
          continue;
        claim.value = 100 * share.value;
        claim.note = absl::StrFormat("worst: %s %s, 95%% interval %.2f..%.2f", name, CohortsName(cohorts),
                                     100 * share.low, 100 * share.high);
      }
      table.rows.push_back(std::move(row));
    }
    Progress("proceeding", name);
  }
  for (Claim& claim : claims) report.claims.push_back(std::move(claim));
  report.tables.push_back(std::move(table));
}

}  // namespace haldane::benchmarks
