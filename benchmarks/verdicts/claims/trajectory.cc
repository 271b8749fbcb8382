#include "benchmarks/verdicts/claims/trajectory.h"

#include <cmath>

#include "benchmarks/peers/msprt.h"
#include "benchmarks/verdicts/contestants.h"

namespace haldane::benchmarks {
namespace {

std::vector<double> Follow(Judge& judge, const NamedModel& model, double ratio, int onset, int seconds) {
  const auto fleet = model.make({.cohorts = {5, 5}, .harm = {.ratio = ratio, .onset = onset}, .before = 600},
                                Random("trajectory", 3));
  std::vector<double> scores;
  Second second;
  for (int t = 0; t < 600; ++t) {
    fleet->Next(second);
    judge.ObserveBefore(second);
  }
  for (int t = 0; t < seconds; ++t) {
    fleet->Next(second);
    judge.Observe(second);
    scores.push_back(judge.StopScore());
  }
  return scores;
}

}  // namespace

void PlotTrajectories(Report& report) {
  constexpr int kSeconds = 900;
  constexpr int kOnset = 300;
  const NamedModel& model = FindNoiseModel("hostcv.3");
  LinePlot plot{
      .file = "trajectory.svg",
      .title =
          "Evidence in one rollout: hosts that differ by 30 %, 5v5, three times the errors from 300 s on",
      .x_axis = "seconds",
      .y_axis = "ln evidence for harm",
      .low = -4,
      .high = 14,
      .bound = std::log(100.0),
      .bound_name = "budget 1 %",
      .mark = kOnset,
      .mark_name = "harm begins"};
  const Question every{.looks = Looks::kEverySecond};
  const auto add = [&](const std::string& name, Judge& judge, double ratio) {
    plot.series.push_back({name, Follow(judge, model, ratio, kOnset, kSeconds)});
  };
  add("harmful, with the same hosts' past", *Engine(Mode::kPrePeriod, model, every).make(), 3);
  add("harmful, with a profile", *Engine(Mode::kProfile, model, every).make(), 3);
  add("harmful, cold", *Engine(Mode::kCold, model, every).make(), 3);
  add("harmless, cold", *Engine(Mode::kCold, model, every).make(), 1);
  PoissonMsprt msprt;
  add("harmless, mSPRT", msprt, 1);
  report.lines.push_back(std::move(plot));
}

}  // namespace haldane::benchmarks
