#include "benchmarks/verdicts/engine/engine.h"

#include <algorithm>
#include <cmath>

namespace haldane::benchmarks {
namespace {

stats::CountSignal::Options SignalOptions(const EngineJudge::Options& options) {
  return {.tolerate_ratio = options.tolerate_ratio,
          .kind = options.kind,
          .profile = options.profile,
          .restarts = options.restarts};
}

}  // namespace

EngineJudge::EngineJudge(const Options& options)
    : options_(options), signal_(SignalOptions(options)), ceiling_(SignalOptions(options)) {}

const std::vector<stats::HostTick>& EngineJudge::ToTicks(const Second& second) {
  if (!joined_) {
    for (std::size_t i = 0; i < second.canary.size() + second.baseline.size(); ++i) {
      const auto cohort = i < second.canary.size() ? stats::Cohort::kCanary : stats::Cohort::kBaseline;
      signal_.AddHost(cohort);
      ceiling_.AddHost(cohort);
    }
    joined_ = true;
  }
  ticks_.clear();
  int index = 0;
  for (const auto* cohort : {&second.canary, &second.baseline}) {
    for (const HostSecond& host : *cohort) {
      if (host.exposure > 0) ticks_.push_back({index, host.events, host.exposure});
      ++index;
    }
  }
  return ticks_;
}

void EngineJudge::ObserveBefore(const Second& second) {
  if (!options_.past) return;
  signal_.ObserveBefore(ToTicks(second));
  ceiling_.ObserveBefore(ticks_);
}

Decision EngineJudge::Observe(const Second& second) {
  signal_.Observe(ToTicks(second));
  ceiling_.Observe(ticks_);
  LookForHarm();
  if (stop_score_ > -std::log(options_.alpha)) return Decision::kStop;
  return options_.missed > 0 && IsClear() ? Decision::kProceed : Decision::kContinue;
}

void EngineJudge::LookForHarm() {
  if (options_.looks == Looks::kEverySecond) {
    stop_score_ = signal_.HarmEvidence();
    return;
  }
  if (next_alpha_ == options_.alphas.size()) return;
  const double ceiling = ceiling_.Harm();
  if (!harm_.ShouldLook(-std::log(options_.alphas[next_alpha_]), ceiling)) return;
  const double evidence = signal_.HarmEvidence();
  harm_.Looked(evidence, ceiling);
  stop_score_ = std::max(stop_score_, evidence);
  while (next_alpha_ < options_.alphas.size() && stop_score_ > -std::log(options_.alphas[next_alpha_])) {
    ++next_alpha_;
  }
}

bool EngineJudge::IsClear() {
  const double bound = std::log(2 / options_.missed);
  const double ceiling = ceiling_.Clear();
  if (options_.looks == Looks::kWhereItMatters && !clear_.ShouldLook(bound, ceiling)) return false;
  const double evidence = signal_.ClearEvidence(options_.missed);
  clear_.Looked(evidence, ceiling);
  return evidence > bound;
}

}  // namespace haldane::benchmarks
