#include "yaml/nearest.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace haldane::yaml {
namespace {

// Nothing that a key or a choice is called is longer; longer words are not compared.
constexpr size_t kLongestWord = 64;

// Number of characters to insert, remove or replace to make one of the other.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

absl::string_view Nearest(absl::string_view text, const std::vector<absl::string_view>& candidates) {
  if (text.size() > kLongestWord) return {};
  absl::string_view best;
  size_t best_distance = std::max<size_t>(1, text.size() / 3) + 1;
  for (const absl::string_view candidate : candidates) {
    const size_t distance = EditDistance(text, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace haldane::yaml
