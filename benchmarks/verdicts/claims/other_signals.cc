#include "benchmarks/verdicts/claims/other_signals.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "benchmarks/verdicts/claims/delays.h"
#include "benchmarks/verdicts/claims/share.h"
#include "benchmarks/verdicts/contestants.h"
#include "benchmarks/verdicts/progress.h"
#include "benchmarks/verdicts/signals/signal_kind.h"

namespace haldane::benchmarks {
namespace {

// One condition; times of its trace are seconds.
std::vector<Trace> RunSignal(const SignalKind& kind, const SignalKind::Noise& noise, const Cohorts& cohorts,
                             double harm, int runs, const Workers& workers) {
  const std::string name =
      absl::StrCat("signal/", kind.name, "/", noise.name, "/", CohortsName(cohorts), "/", harm);
  const auto run = [&](int number, CellTraces& traces) {
    const auto fleet = noise.make(cohorts, harm, Random(name, static_cast<std::uint64_t>(number)));
    Trace& trace = traces[0][number];
    for (int tick = 1; tick <= kind.ticks; ++tick) {
      const auto evidence = static_cast<float>(fleet->Next());
      if (trace.peaks.empty() ? evidence > 0 : evidence > trace.peaks.back().score) {
        trace.peaks.push_back({tick * kind.tick, evidence});
      }
      if (evidence > -std::log(kAlphas[2])) break;
    }
  };
  return RunMany(absl::StrCat(name, " ", kind.ticks, " ", runs), 1, runs, workers, run)[0];
}

struct Worst {
  Share share{-1, 0, 0};
  std::string where;
  int above = 0;
  int cells = 0;
};

void Add(const std::vector<Trace>& traces, double alpha, const std::string& where, Worst& worst) {
  const Share share = ShareOf(StopsAt(traces, -std::log(alpha)), static_cast<int>(traces.size()));
  ++worst.cells;
  worst.above += share.low > alpha ? 1 : 0;
  if (share.value <= worst.share.value) return;
  worst.share = share;
  worst.where = where;
}

void ReportKind(const Scale& scale, const SignalKind& kind, Table& table, Report& report) {
  // In proportion to the grid's own numbers; the kind's are for 1500.
  const int runs = std::max(2, static_cast<int>(std::min(1.0, scale.runs / 1500.0) * kind.runs));
  Worst worst[std::size(kAlphas)];
  for (const SignalKind::Noise& noise : kind.noises) {
    for (const Cohorts& cohorts : kind.cohorts) {
      const std::vector<Trace> harmless = RunSignal(kind, noise, cohorts, 0, runs, scale.workers);
      std::vector<std::string> shares;
      for (std::size_t a = 0; a < std::size(kAlphas); ++a) {
        Add(harmless, kAlphas[a], absl::StrCat(noise.name, " ", CohortsName(cohorts)), worst[a]);
        shares.push_back(Percent(StopsAt(harmless, -std::log(kAlphas[a])) / static_cast<double>(runs)));
      }
      std::vector<std::string> found;
      for (const SignalKind::Harm& harm : kind.harms) {
        const std::vector<Trace> harmful =
            RunSignal(kind, noise, cohorts, harm.size, std::max(1, runs / 6), scale.workers);
        const Delays delays = DelaysAt(harmful, -std::log(0.01), 0, kind.ticks * kind.tick);
        found.push_back(absl::StrCat(harm.name, ": ", MedianAndPower(delays)));
      }
      table.rows.push_back({kind.name, noise.name, CohortsName(cohorts), absl::StrJoin(shares, " / "),
                            absl::StrCat(runs), absl::StrJoin(found, "; ")});
    }
  }
  for (std::size_t a = 0; a < std::size(kAlphas); ++a) {
    report.claims.push_back(
        {.claim =
             absl::StrFormat("false stops in the worst cell, budget %g %%, %s", 100 * kAlphas[a], kind.name),
         .value = 100 * worst[a].share.value,
         .unit = "%",
         .bound = 100 * kAlphas[a],
         .met = worst[a].above == 0,
         .note = absl::StrFormat("%s, exact 95 %% interval %.2f..%.2f; above the budget for certain in %d of "
                                 "%d cells (%d runs each)",
                                 worst[a].where, 100 * worst[a].share.low, 100 * worst[a].share.high,
                                 worst[a].above, worst[a].cells, runs)});
  }
  Progress("other signals", kind.name);
}

}  // namespace

void ReportOtherSignals(const Scale& scale, Report& report) {
  Table table{.title = "Other signals",
              .text =
                  "Percent of harmless rollouts stopped at a budget of 5 / 1 / 0.1 %, and the median time to "
                  "a stop at 1 % of what is wrong (in brackets the share that was found when not all were; - "
                  "below a half). Rollouts: latency 10 minutes (looked at every 5 s), leaks an hour (every "
                  "minute), crashes and new classes half an hour.",
              .header = {"signal", "noise", "hosts", "false stops", "runs", "found"}};
  for (const SignalKind& kind : {LatencyKind(), LeakKind(), CrashKind(), NewClassKind()}) {
    ReportKind(scale, kind, table, report);
  }
  report.tables.push_back(std::move(table));
}

}  // namespace haldane::benchmarks
