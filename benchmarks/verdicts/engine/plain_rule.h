#pragma once

#include <memory>

#include "benchmarks/peers/judge.h"
#include "stats/gross_failure.h"

namespace haldane::benchmarks {

// The rule that stops plain failures beside the evidence (stats/gross_failure.h).
// Its score is 0, and beyond every bound once it has fired.
class PlainRuleJudge final : public Judge {
 public:
  Decision Observe(const Second& second) override;
  double StopScore() const override;

 private:
  std::unique_ptr<stats::GrossFailureGuard> guard_;  // made when the hosts are known
};

}  // namespace haldane::benchmarks
