#include "stats/permutation.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>

namespace haldane::stats {
namespace {

constexpr double kMostLabellings = 10000;
constexpr int kRandomLabellings = 999;
constexpr double kFirstLook = 10;
constexpr double kLookRatio = 1.25;

double Choose(int n, int k) {
  double ways = 1;
  for (int i = 1; i <= k && ways <= kMostLabellings; ++i) ways *= static_cast<double>(n - k + i) / i;
  return ways;
}

// The next combination in lexicographic order; false after the last.
bool Advance(std::vector<int>& chosen, int n) {
  const int k = static_cast<int>(chosen.size());
  int i = k - 1;
  while (i >= 0 && chosen[i] == n - k + i) --i;
  if (i < 0) return false;
  ++chosen[i];
  for (int j = i + 1; j < k; ++j) chosen[j] = chosen[j - 1] + 1;
  return true;
}

}  // namespace

PermutationTest::PermutationTest(int canary_hosts, int baseline_hosts, double alpha, int looks,
                                 std::mt19937_64& random)
    : canary_hosts_(canary_hosts), alpha_(alpha), looks_(looks) {
  const int n = canary_hosts + baseline_hosts;
  std::vector<int> chosen(static_cast<std::size_t>(canary_hosts));
  std::iota(chosen.begin(), chosen.end(), 0);
  if (Choose(n, canary_hosts) <= kMostLabellings) {
    do {
      labellings_.push_back({chosen});
    } while (Advance(chosen, n));
    return;
  }
  labellings_.push_back({chosen});
  std::vector<int> hosts(static_cast<std::size_t>(n));
  std::iota(hosts.begin(), hosts.end(), 0);
  for (int i = 0; i < kRandomLabellings; ++i) {
    // Our own shuffle: std::shuffle may differ between libraries.
    for (int h = 0; h < canary_hosts; ++h) {
      const auto other = h + static_cast<int>(random() % static_cast<std::uint64_t>(n - h));
      std::swap(hosts[h], hosts[other]);
    }
    labellings_.push_back({{hosts.begin(), hosts.begin() + canary_hosts}});
  }
}

int PermutationTest::Budget(int look) const {
  return static_cast<int>(std::floor(alpha_ * labellings() * std::min(look, looks_) / looks_));
}

bool PermutationTest::Look(absl::Span<const HostShare> hosts, double tolerate_ratio) {
  const int budget = Budget(++look_);
  std::vector<double> events;
  double total = 0;
  double expected = 0;
  for (std::size_t h = 0; h < hosts.size(); ++h) {
    events.push_back(hosts[h].events / (static_cast<int>(h) < canary_hosts_ ? tolerate_ratio : 1));
    total += events.back();
    expected += hosts[h].expected;
  }
  if (!(total > 0) || !(expected > 0)) return labellings_.front().removed;

  std::vector<std::pair<double, int>> suspects;
  for (int i = 0; i < labellings(); ++i) {
    if (labellings_[i].removed) continue;
    double sum = 0;
    double share = 0;
    for (const int h : labellings_[i].hosts) {
      sum += events[h];
      share += hosts[h].expected / expected;
    }
    const double variance = total * share * (1 - share);
    const double excess = sum - total * share;
    if (excess > 0 && variance > 0) suspects.push_back({excess / std::sqrt(variance), i});
  }
  // Largest first; the real one, number 0, after its equals.
  std::sort(suspects.begin(), suspects.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second > b.second;
  });
  for (const auto& [z, i] : suspects) {
    if (removed_ >= budget) break;
    labellings_[i].removed = true;
    ++removed_;
  }
  return labellings_.front().removed;
}

std::vector<double> LookTimes(double horizon) {
  std::vector<double> times;
  for (double time = kFirstLook; time <= horizon; time *= kLookRatio) times.push_back(time);
  return times;
}

}  // namespace haldane::stats
