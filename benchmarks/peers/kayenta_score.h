#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/peers/kayenta_classifier.h"

namespace haldane::benchmarks {

// One classified metric as the scorer sees it.
struct KayentaScoredMetric {
  KayentaMetricResult::Label label;
  bool critical = false;
  bool muted = false;
  std::vector<std::string> groups;
};

struct KayentaScore {
  double total = 0;                      // 0..100, two decimals
  std::map<std::string, double> groups;  // 0..100 each
};

// Kayenta's score: the share of passing metrics in each group, weighted. A
// critical metric that does not pass makes it 0, and so does data missing from
// half of the metrics. Groups without a weight share what is left of 100. A
// metric whose classification failed counts nowhere, as in Kayenta; so does a
// muted one.
KayentaScore ScoreKayenta(const std::vector<KayentaScoredMetric>& metrics,
                          const std::map<std::string, double>& group_weights);

// The label of a score: at least `pass`, at least `marginal`, or less.
enum class KayentaVerdict { kPass, kMarginal, kFail };
KayentaVerdict LabelKayentaScore(double score, double marginal, double pass);

// Did the last of several judgements pass? Note that the bound is exclusive
// here and inclusive in the label, as it is in Kayenta and Spinnaker.
bool PassedKayenta(double score, std::optional<double> marginal, std::optional<double> pass);

}  // namespace haldane::benchmarks
