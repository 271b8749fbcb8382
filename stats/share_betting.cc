#include "stats/share_betting.h"

#include <cmath>
#include <cstddef>

#include "stats/log_space.h"

namespace haldane::stats {
namespace {

constexpr double kMostOfCapital = 0.95;

}  // namespace

void ShareBetting::Observe(double share, double null_share) {
  const double surprise = (share - null_share) / null_share;  // >= -1
  for (std::size_t j = 0; j < log_capital_.size(); ++j) {
    const double fraction = kMostOfCapital * (static_cast<double>(j) + 0.5) / 12;
    log_capital_[j] += std::log1p(fraction * surprise);
  }
}

double ShareBetting::LogEvidence() const { return LogMean(log_capital_); }

}  // namespace haldane::stats
