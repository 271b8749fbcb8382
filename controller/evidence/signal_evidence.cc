#include "controller/evidence/signal_evidence.h"

#include "controller/evidence/distribution_evidence.h"
#include "controller/evidence/drift_evidence.h"
#include "controller/evidence/novelty_evidence.h"
#include "controller/evidence/rare_evidence.h"
#include "controller/evidence/rate_evidence.h"
#include "plan/signals.h"

namespace haldane::controller {

void SetTotals(const stats::CohortSums& sums, haldane::v1::CohortTotals* totals) {
  totals->set_hosts(static_cast<uint32_t>(sums.hosts));
  totals->set_events(static_cast<uint64_t>(sums.events));
  totals->set_exposure(sums.exposure);
}

std::unique_ptr<SignalEvidence> MakeSignalEvidence(const haldane::v1::Plan& plan,
                                                   const haldane::v1::SignalPlan& signal, const Past& past) {
  switch (plan::FindSignal(signal.name())->kind) {
    case plan::SignalKind::kCount:
    case plan::SignalKind::kProportion:
      return std::make_unique<RateEvidence>(plan, signal, past);
    case plan::SignalKind::kDistribution:
      return std::make_unique<DistributionEvidence>(plan, signal, past);
    case plan::SignalKind::kNovelty:
      return std::make_unique<NoveltyEvidence>(plan, signal, past);
    case plan::SignalKind::kRareEvent:
      return std::make_unique<RareEvidence>(plan, signal, past);
    case plan::SignalKind::kDrift:
      return std::make_unique<DriftEvidence>(plan, signal, past);
  }
  return nullptr;
}

}  // namespace haldane::controller
