#include "benchmarks/verdicts/engine/plain_rule.h"

#include <vector>

namespace haldane::benchmarks {
namespace {

constexpr double kBeyondEveryBound = 1e9;

}  // namespace

Decision PlainRuleJudge::Observe(const Second& second) {
  if (guard_ == nullptr) {
    guard_ = std::make_unique<stats::GrossFailureGuard>();
    for (std::size_t i = 0; i < second.canary.size(); ++i) guard_->AddHost(stats::Cohort::kCanary);
    for (std::size_t i = 0; i < second.baseline.size(); ++i) guard_->AddHost(stats::Cohort::kBaseline);
  }
  std::vector<stats::HostTick> ticks;
  int host = 0;
  for (const auto* cohort : {&second.canary, &second.baseline}) {
    for (const HostSecond& of_host : *cohort) ticks.push_back({host++, of_host.events, of_host.exposure});
  }
  guard_->Observe(ticks);
  return guard_->Fired() ? Decision::kStop : Decision::kContinue;
}

double PlainRuleJudge::StopScore() const {
  return guard_ != nullptr && guard_->Fired() ? kBeyondEveryBound : 0;
}

}  // namespace haldane::benchmarks
