#include "benchmarks/verdicts/runner.h"

#include <atomic>
#include <thread>

namespace haldane::benchmarks {
namespace {

// Notes what `judge` says after second `time`; false when it need not be asked
// again.
bool Note(const Judge& judge, Decision decision, int time, double enough, Trace& trace) {
  const double score = judge.StopScore();
  if (trace.peaks.empty() ? score > 0 : score > trace.peaks.back().score)
    trace.peaks.push_back({time, score});
  if (trace.stopped == 0 && trace.proceeded == 0) {
    if (decision == Decision::kStop) trace.stopped = time;
    if (decision == Decision::kProceed) trace.proceeded = time;
  }
  return score <= enough;
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
      if (Note(*judges[j], decision, time, cell.judges[j].enough, traces[j][run])) continue;
      judges[j].reset();
      --asking;
    }
  }
}

}  // namespace

int Trace::StoppedAt(double bound) const {
  for (const Peak& peak : peaks) {
    if (peak.score > bound) return peak.time;
  }
  return 0;
}

CellTraces RunCell(const Cell& cell, int threads) {
  CellTraces traces(cell.judges.size(), std::vector<Trace>(static_cast<std::size_t>(cell.runs)));
  std::atomic<int> next = 0;
  const auto work = [&] {
    for (int run = next++; run < cell.runs; run = next++) RunOnce(cell, run, traces);
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  return traces;
}

}  // namespace haldane::benchmarks
