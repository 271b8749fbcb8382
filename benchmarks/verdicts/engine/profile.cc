#include "benchmarks/verdicts/engine/profile.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "stats/dispersion.h"
#include "stats/token_bucket.h"

namespace haldane::benchmarks {
namespace {

constexpr int kWindows = 200;
constexpr int kSeconds[] = {120, 600, 1800};
constexpr int kHosts = 10;
constexpr int kScales = 5;

// One quiet window: what each host did, and how it varied in time.
struct Window {
  std::vector<HostSecond> hosts = std::vector<HostSecond>(kHosts);
  stats::Dispersion capped;
  stats::Dispersion raw;
};

Window Watch(const NamedModel& model, int number) {
  Window window;
  const int seconds = kSeconds[number % std::size(kSeconds)];
  // All of it before a rollout, when the canary is a host like the others.
  const auto fleet = model.make({.cohorts = {1, kHosts - 1}, .before = seconds + 1},
                                Random(absl::StrCat(model.name, "/profile"), number));
  std::vector<stats::TokenBucket> buckets(kHosts);
  HostSecond known;
  Second second;
  std::vector<stats::HostTick> raw;
  for (int t = 0; t < seconds; ++t) {
    fleet->Next(second);
    raw.clear();
    int host = 0;
    for (const auto* cohort : {&second.canary, &second.baseline}) {
      for (const HostSecond& now : *cohort) {
        window.hosts[host].events += now.events;
        window.hosts[host].exposure += now.exposure;
        if (now.exposure > 0) raw.push_back({host, now.events, now.exposure});
        ++host;
      }
    }
    std::vector<stats::HostTick> capped = raw;
    const double past_rate = known.exposure > 0 ? (known.events + 0.5) / known.exposure : 0;
    for (stats::HostTick& tick : capped) {
      known.events += tick.events;
      known.exposure += tick.exposure;
      tick.events = buckets[tick.host].Pass(tick.events, tick.exposure, past_rate);
    }
    window.raw.AddTick(raw);
    window.capped.AddTick(capped);
  }
  return window;
}

std::array<double, kScales> UsualDispersions(const std::vector<Window>& windows,
                                             stats::Dispersion Window::*path, double least) {
  std::array<double, kScales> usual;
  for (int scale = 0; scale < kScales; ++scale) {
    std::vector<stats::Dispersion::Sums> sums;
    for (const Window& window : windows) sums.push_back((window.*path).sums(scale));
    usual[scale] = stats::UsualDispersion(sums, least);
  }
  return usual;
}

std::vector<double> LikelihoodOf(const Window& window, double phi) {
  stats::CohortCounts counts;
  HostSecond total;
  for (const HostSecond& host : window.hosts) total.exposure += host.exposure;
  for (const HostSecond& host : window.hosts) {
    if (!(host.exposure > 0)) continue;
    counts.events.push_back(host.events / phi);
    counts.weights.push_back(host.exposure / total.exposure * kHosts);
  }
  return stats::SpreadLikelihood(counts, stats::kSpreadGrid);
}

}  // namespace

stats::SignalProfile LearnProfile(const NamedModel& model) {
  std::vector<Window> windows;
  for (int number = 0; number < kWindows; ++number) windows.push_back(Watch(model, number));
  stats::SignalProfile profile;
  const double least = model.proportion ? 0.05 : 1;
  profile.raw_dispersion = UsualDispersions(windows, &Window::raw, least);
  profile.dispersion =
      model.proportion ? profile.raw_dispersion : UsualDispersions(windows, &Window::capped, least);
  const double phi = *std::max_element(profile.raw_dispersion.begin(), profile.raw_dispersion.end());
  std::vector<std::vector<double>> likelihoods;
  for (const Window& window : windows) likelihoods.push_back(LikelihoodOf(window, phi));
  const std::vector<double> spreads = stats::LearnSpreads(likelihoods, stats::kSpreads);
  std::copy(spreads.begin(), spreads.end(), profile.spreads.begin());
  profile.caution = stats::AdvisedCaution(kWindows, true);
  return profile;
}

}  // namespace haldane::benchmarks
