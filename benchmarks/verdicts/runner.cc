#include "benchmarks/verdicts/runner.h"

#include <atomic>
#include <optional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmarks/verdicts/kept_cells.h"

namespace haldane::benchmarks {
namespace {

// Notes what `judge` says after second `time`; false when it need not be asked
// again.
bool Note(const Contestant& contestant, const Judge& judge, Decision decision, int time, Trace& trace) {
  const double score = judge.StopScore();
  const auto peak = static_cast<float>(score);
  if (trace.peaks.empty() ? peak > 0 : peak > trace.peaks.back().score) trace.peaks.push_back({time, peak});
  if (trace.stopped == 0 && trace.proceeded == 0) {
    if (decision == Decision::kStop) trace.stopped = time;
    if (decision == Decision::kProceed) trace.proceeded = time;
  }
  return score <= contestant.enough && !(contestant.until_proceed && trace.proceeded > 0);
}

void RunOnce(const Cell& cell, int run, CellTraces& traces) {
  const std::unique_ptr<NoiseModel> model =
      cell.model(cell.setup, Random(cell.name, static_cast<std::uint64_t>(run)));
  std::vector<std::unique_ptr<Judge>> judges;
  for (const Contestant& contestant : cell.judges) judges.push_back(contestant.make());

  Second second;
  for (int t = 0; t < cell.setup.before; ++t) {
    model->Next(second);
    for (const auto& judge : judges) judge->ObserveBefore(second);
  }
  std::size_t asking = judges.size();
  for (int time = 1; time <= cell.seconds && asking > 0; ++time) {
    model->Next(second);
    for (std::size_t j = 0; j < judges.size(); ++j) {
      if (judges[j] == nullptr) continue;
      const Decision decision = judges[j]->Observe(second);
      if (Note(cell.judges[j], *judges[j], decision, time, traces[j][run])) continue;
      judges[j].reset();
      --asking;
    }
  }
}

// Everything that a cell's result depends on besides the code.
std::string KeyOf(const Cell& cell) {
  const FleetSetup& setup = cell.setup;
  std::string key = absl::StrFormat(
      "%s\n%dv%d ratio %.17g shape %d onset %d\nbefore %d rate %.17g seconds %d runs %d\n", cell.name,
      setup.cohorts.canary, setup.cohorts.baseline, setup.harm.ratio, static_cast<int>(setup.harm.shape),
      setup.harm.onset, setup.before, setup.rate, cell.seconds, cell.runs);
  for (const Contestant& judge : cell.judges) {
    absl::StrAppend(&key, judge.name, "; ", judge.key, "; ", absl::StrFormat("%.17g", judge.enough), "\n");
  }
  return key;
}

}  // namespace

int Trace::StoppedAt(double bound) const {
  for (const Peak& peak : peaks) {
    if (peak.score > bound) return peak.time;
  }
  return 0;
}

CellTraces RunMany(const std::string& key, int judges, int runs, const Workers& workers,
                   const std::function<void(int, CellTraces&)>& run) {
  const KeptCells kept(workers.kept);
  if (std::optional<CellTraces> traces = kept.Find(key)) return *std::move(traces);
  CellTraces traces(static_cast<std::size_t>(judges), std::vector<Trace>(static_cast<std::size_t>(runs)));
  std::atomic<int> next = 0;
  const auto work = [&] {
    for (int number = next++; number < runs; number = next++) run(number, traces);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < workers.threads; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  kept.Keep(key, traces);
  return traces;
}

CellTraces RunCell(const Cell& cell, const Workers& workers) {
  return RunMany(KeyOf(cell), static_cast<int>(cell.judges.size()), cell.runs, workers,
                 [&](int run, CellTraces& traces) { RunOnce(cell, run, traces); });
}

}  // namespace haldane::benchmarks
