#include "benchmarks/peers/kayenta_score.h"

#include <cmath>
#include <cstddef>

namespace haldane::benchmarks {
namespace {

using Label = KayentaMetricResult::Label;

struct Group {
  int passed = 0;
  int judged = 0;
};

bool IsJudged(Label label) {
  return label == Label::kPass || label == Label::kHigh || label == Label::kLow ||
         label == Label::kNodataFail;
}

// The weight of every group that has metrics.
std::map<std::string, double> Weights(const std::map<std::string, Group>& groups,
                                      const std::map<std::string, double>& configured) {
  double given = 0;
  for (const auto& [name, weight] : configured) given += weight;
  int unweighted = 0;
  for (const auto& [name, group] : groups) unweighted += configured.count(name) == 0 ? 1 : 0;

  std::map<std::string, double> weights;
  for (const auto& [name, group] : groups) {
    const auto found = configured.find(name);
    weights[name] = found != configured.end() ? found->second : (100 - given) / unweighted;
  }
  return weights;
}

}  // namespace

KayentaScore ScoreKayenta(const std::vector<KayentaScoredMetric>& metrics,
                          const std::map<std::string, double>& group_weights) {
  std::map<std::string, Group> groups;
  std::size_t heard = 0;
  std::size_t without_data = 0;
  bool critical_failure = false;
  for (const KayentaScoredMetric& metric : metrics) {
    if (metric.muted) continue;
    ++heard;
    if (metric.critical && metric.label != Label::kPass) critical_failure = true;
    if (metric.label == Label::kNodata) ++without_data;
    for (const std::string& name : metric.groups) {
      Group& group = groups[name];
      if (!IsJudged(metric.label)) continue;
      ++group.judged;
      if (metric.label == Label::kPass) ++group.passed;
    }
  }

  KayentaScore score;
  const std::map<std::string, double> weights = Weights(groups, group_weights);
  for (const auto& [name, group] : groups) {
    score.groups[name] = group.judged > 0 ? 100.0 * group.passed / group.judged : 0;
    // A group in which nothing could be judged shows 0 and counts as 100.
    score.total += (group.judged > 0 ? score.groups[name] : 100) * weights.at(name) / 100;
  }
  if (critical_failure || 2 * without_data >= heard) score.total = 0;
  score.total = std::round(score.total * 100) / 100;
  return score;
}

KayentaVerdict LabelKayentaScore(double score, double marginal, double pass) {
  if (score >= pass) return KayentaVerdict::kPass;
  return score >= marginal ? KayentaVerdict::kMarginal : KayentaVerdict::kFail;
}

bool PassedKayenta(double score, std::optional<double> marginal, std::optional<double> pass) {
  if (marginal && score <= *marginal) return false;
  return !pass || score >= *pass;
}

}  // namespace haldane::benchmarks
