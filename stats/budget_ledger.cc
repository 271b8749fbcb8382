#include "stats/budget_ledger.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "stats/log_space.h"

namespace haldane::stats {
namespace {

std::vector<double> Normalised(std::vector<double> weights) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  for (double& weight : weights) weight /= sum;
  return weights;
}

}  // namespace

BudgetLedger::BudgetLedger(double false_stop, std::vector<double> signal_weights,
                           std::vector<double> stage_weights)
    : false_stop_(false_stop),
      signals_(Normalised(std::move(signal_weights))),
      stages_(Normalised(std::move(stage_weights))),
      evidence_(signals_.size() * stages_.size(), 0) {}

void BudgetLedger::Set(int stage, int signal, double log_evidence) {
  evidence_[stage * signals_.size() + signal] = log_evidence;
  highest_ = std::max(highest_, LogCombined());
}

double BudgetLedger::Share(int stage, int signal) const {
  return false_stop_ * stages_[stage] * signals_[signal];
}

double BudgetLedger::Bound(int stage, int signal) const { return -std::log(Share(stage, signal)); }

double BudgetLedger::LogCombined() const {
  std::vector<double> terms;
  terms.reserve(evidence_.size());
  for (std::size_t j = 0; j < stages_.size(); ++j) {
    for (std::size_t s = 0; s < signals_.size(); ++s) {
      const double share = stages_[j] * signals_[s];
      if (share > 0) terms.push_back(std::log(share) + evidence_[j * signals_.size() + s]);
    }
  }
  return LogSum(terms);
}

double BudgetLedger::CombinedBound() const { return -std::log(false_stop_); }

double BudgetLedger::Spent() const { return std::min(1.0, std::exp(highest_ - CombinedBound())); }

double BudgetLedger::SpentBy(int signal) const {
  double spent = 0;
  for (std::size_t j = 0; j < stages_.size(); ++j) {
    const double share = Share(static_cast<int>(j), signal);
    if (share > 0) spent += std::exp(std::log(share) + evidence_[j * signals_.size() + signal]);
  }
  return std::min(1.0, spent);
}

}  // namespace haldane::stats
