#include "benchmarks/verdicts/engine/cold.h"

#include <cmath>

namespace haldane::benchmarks {

ColdEngine::ColdEngine(const Options& options)
    : options_(options), signal_({.tolerate_ratio = options.tolerate_ratio, .kind = options.kind}) {}

void ColdEngine::AddHosts(const Second& second) {
  for (std::size_t i = 0; i < second.canary.size(); ++i) signal_.AddHost(stats::Cohort::kCanary);
  for (std::size_t i = 0; i < second.baseline.size(); ++i) signal_.AddHost(stats::Cohort::kBaseline);
  joined_ = true;
}

const std::vector<stats::HostTick>& ColdEngine::ToTicks(const Second& second) {
  if (!joined_) AddHosts(second);
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

Decision ColdEngine::Observe(const Second& second) {
  signal_.Observe(ToTicks(second));
  if (Total(second.canary).events > 0) canary_failed_ = true;
  if (!IsLook(options_.looks, ++now_)) return Decision::kContinue;

  // Evidence for harm does not grow while the canary has no new event.
  if (canary_failed_) {
    stop_score_ = signal_.HarmEvidence();
    canary_failed_ = false;
  }
  if (stop_score_ > -std::log(options_.alpha)) return Decision::kStop;
  if (options_.missed > 0 && signal_.ClearEvidence(options_.missed) > std::log(2 / options_.missed)) {
    return Decision::kProceed;
  }
  return Decision::kContinue;
}

}  // namespace haldane::benchmarks
