#include "benchmarks/peers/mann_whitney.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "benchmarks/peers/normal.h"
#include "benchmarks/peers/root.h"

namespace haldane::benchmarks {
namespace {

constexpr double kRootTolerance = 1e-4;
constexpr int kRootIterations = 1001;

struct RankSum {
  double u;         // pairs with x - shift > y, ties half
  double variance;  // of u when both have the same distribution
};

RankSum RankShifted(absl::Span<const double> x, absl::Span<const double> y, double shift) {
  std::vector<std::pair<double, bool>> pooled;  // value, is x
  pooled.reserve(x.size() + y.size());
  for (const double value : x) pooled.emplace_back(value - shift, true);
  for (const double value : y) pooled.emplace_back(value, false);
  std::sort(pooled.begin(), pooled.end());

  double rank_sum = 0;
  double tied = 0;  // sum of t^3 - t over groups of t equal values
  for (std::size_t i = 0; i < pooled.size();) {
    std::size_t end = i;
    int of_x = 0;
    while (end < pooled.size() && pooled[end].first == pooled[i].first) of_x += pooled[end++].second ? 1 : 0;
    const double size = static_cast<double>(end - i);
    rank_sum += of_x * (static_cast<double>(i + 1 + end) / 2);
    tied += size * size * size - size;
    i = end;
  }
  const double n = static_cast<double>(x.size());
  const double m = static_cast<double>(y.size());
  const double all = n + m;
  return {rank_sum - n * (n + 1) / 2, n * m / 12 * (all + 1 - tied / (all * (all - 1)))};
}

std::optional<double> Standardise(const RankSum& ranks, double pairs) {
  const double deviation = std::sqrt(ranks.variance);
  if (!(deviation > 0)) return std::nullopt;
  const double d = ranks.u - pairs / 2;
  const double correction = d > 0 ? 0.5 : d < 0 ? -0.5 : 0;
  return (d - correction) / deviation;
}

std::vector<double> Differences(absl::Span<const double> x, absl::Span<const double> y) {
  std::vector<double> differences;
  differences.reserve(x.size() * y.size());
  for (const double a : x) {
    for (const double b : y) differences.push_back(a - b);
  }
  std::sort(differences.begin(), differences.end());
  return differences;
}

double Median(const std::vector<double>& sorted) {
  const std::size_t size = sorted.size();
  return (sorted[(size - 1) / 2] + sorted[size / 2]) / 2;
}

}  // namespace

double MannWhitneyU(absl::Span<const double> x, absl::Span<const double> y) { return RankShifted(x, y, 0).u; }

double ExactPValue(double u, int n, int m) {
  // ways[i][v]: divisions of the values seen so far with i of them in x and U = v.
  const int top = n * m;
  std::vector<std::vector<double>> ways(n + 1, std::vector<double>(top + 1, 0));
  ways[0][0] = 1;
  for (int seen = 1; seen <= n + m; ++seen) {
    for (int i = std::min(seen, n); i >= 1; --i) {
      const int below = seen - i;  // values of y below this one, if it is of x
      if (below > m) continue;
      for (int v = top; v >= below; --v) ways[i][v] += ways[i - 1][v - below];
    }
  }
  double total = 0;
  double at_most = 0;
  double at_least = 0;
  for (int v = 0; v <= top; ++v) {
    total += ways[n][v];
    if (v <= u) at_most += ways[n][v];
    if (v >= u) at_least += ways[n][v];
  }
  return std::min(1.0, 2 * std::min(at_most, at_least) / total);
}

std::optional<double> NormalPValue(absl::Span<const double> x, absl::Span<const double> y) {
  const std::optional<double> w = StandardisedRankSum(x, y, 0);
  if (!w) return std::nullopt;
  return 2 * NormalCdf(-std::abs(*w));
}

double HodgesLehmann(absl::Span<const double> x, absl::Span<const double> y) {
  return Median(Differences(x, y));
}

ShiftInterval OrderStatisticInterval(absl::Span<const double> x, absl::Span<const double> y,
                                     double confidence) {
  const std::vector<double> differences = Differences(x, y);
  const double n = static_cast<double>(x.size());
  const double m = static_cast<double>(y.size());
  const double z = NormalQuantile((1 + confidence) / 2);
  const double rank = std::floor(n * m / 2 - z * std::sqrt(n * m * (n + m + 1) / 12));
  const auto k = static_cast<std::size_t>(std::max(rank, 1.0));
  return {differences[k - 1], differences[differences.size() - k], Median(differences)};
}

std::optional<double> StandardisedRankSum(absl::Span<const double> x, absl::Span<const double> y,
                                          double shift) {
  return Standardise(RankShifted(x, y, shift), static_cast<double>(x.size()) * static_cast<double>(y.size()));
}

std::optional<ShiftInterval> RootShiftInterval(absl::Span<const double> x, absl::Span<const double> y,
                                               double confidence) {
  const double left = *std::min_element(x.begin(), x.end()) - *std::max_element(y.begin(), y.end());
  const double right = *std::max_element(x.begin(), x.end()) - *std::min_element(y.begin(), y.end());
  const double z = NormalQuantile((1 + confidence) / 2);

  bool tied = false;
  const auto distance = [&](double target) {
    return [&, target](double shift) {
      const std::optional<double> w = StandardisedRankSum(x, y, shift);
      tied = tied || !w;
      return w.value_or(0) - target;
    };
  };
  const auto meets = [&](double target) -> std::optional<double> {
    if (distance(target)(left) <= 0) return left;
    if (distance(target)(right) >= 0) return right;
    return FindRoot(distance(target), left, right, kRootTolerance, kRootIterations);
  };
  const std::optional<double> lower = meets(z);
  const std::optional<double> upper = meets(-z);
  const std::optional<double> estimate = FindRoot(distance(0), left, right, kRootTolerance, kRootIterations);
  if (tied || !lower || !upper || !estimate) return std::nullopt;
  return ShiftInterval{*lower, *upper, *estimate};
}

}  // namespace haldane::benchmarks
