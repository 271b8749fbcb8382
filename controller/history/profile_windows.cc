#include "controller/history/profile_windows.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "controller/history/signal_window.h"
#include "google/protobuf/util/time_util.h"
#include "plan/signals.h"
#include "stats/binomial_interval.h"
#include "stats/grids.h"
#include "stats/spread_profile.h"

namespace haldane::controller {
namespace {

using google::protobuf::util::TimeUtil;
using haldane::v1::Profile;
using haldane::v1::ProfileWindow;
using haldane::v1::SignalProfile;

constexpr double kIncident = 3;
constexpr double kIncidentEvents = 10;
constexpr uint64_t kManyTests = 2000;
// Both ends of the interval: each alone holds with 97.5 %.
constexpr double kConfidence = 0.95;

double RateOf(const ProfileWindow& window) {
  return window.exposure() > 0 ? window.events() / window.exposure() : 0;
}

void Forget(int64_t now_ns, SignalProfile* signal) {
  auto* windows = signal->mutable_window();
  const int64_t oldest = now_ns - absl::ToInt64Nanoseconds(LongestMemory());
  int gone = std::max(0, windows->size() - kMostWindows);
  while (gone < windows->size() && TimeUtil::TimestampToNanoseconds((*windows)[gone].ended_at()) < oldest)
    ++gone;
  windows->DeleteSubrange(0, gone);
}

void Learn(SignalProfile* signal) {
  signal->set_windows(static_cast<uint32_t>(signal->window_size()));
  signal->set_incidents(static_cast<uint32_t>(CountIncidents(*signal)));
  signal->clear_spread_weights();
  signal->clear_spreads();
  signal->clear_dispersion();
  signal->clear_raw_dispersion();
  double events = 0, exposure = 0;
  std::vector<std::vector<double>> likelihoods;
  for (const ProfileWindow& window : signal->window()) {
    events += window.events();
    exposure += window.exposure();
    if (window.log_likelihood_size() != stats::kSpreads) continue;
    likelihoods.emplace_back(window.log_likelihood().begin(), window.log_likelihood().end());
  }
  signal->set_events(events);
  signal->set_exposure(exposure);
  if (likelihoods.size() < kLeastWindows) return;

  const plan::Signal* known = plan::FindSignal(signal->signal());
  const plan::SignalKind kind = known == nullptr ? plan::SignalKind::kCount : known->kind;
  const std::vector<double> spreads = stats::LearnSpreads(likelihoods, stats::kSpreads);
  signal->mutable_spread_weights()->Add(spreads.begin(), spreads.end());
  signal->mutable_spreads()->Add(stats::kSpreadGrid.begin(), stats::kSpreadGrid.end());
  const std::vector<double> usual = UsualDispersions(*signal, kind, false);
  signal->mutable_dispersion()->Add(usual.begin(), usual.end());
  const std::vector<double> raw =
      kind == plan::SignalKind::kCount ? UsualDispersions(*signal, kind, true) : usual;
  signal->mutable_raw_dispersion()->Add(raw.begin(), raw.end());
}

}  // namespace

absl::Duration LongestMemory() { return absl::Hours(24 * 30); }

void AddWindows(const std::map<std::string, ProfileWindow>& windows, absl::Time ended_at, Profile* profile) {
  const int64_t last = TimeUtil::TimestampToNanoseconds(profile->updated_at());
  const int64_t now = std::max(absl::ToUnixNanos(ended_at), last);
  *profile->mutable_updated_at() = TimeUtil::NanosecondsToTimestamp(now);
  for (const auto& [name, window] : windows) {
    ProfileWindow* added = EntryOf(name, profile)->add_window();
    *added = window;
    *added->mutable_ended_at() = profile->updated_at();
  }
  for (SignalProfile& signal : *profile->mutable_signals()) {
    Forget(now, &signal);
    Learn(&signal);
  }
}

int CountIncidents(const SignalProfile& profile) {
  std::vector<double> rates;
  for (const ProfileWindow& window : profile.window()) rates.push_back(RateOf(window));
  if (rates.empty()) return 0;
  const auto middle = rates.begin() + static_cast<int64_t>(rates.size()) / 2;
  std::nth_element(rates.begin(), middle, rates.end());
  const double limit = kIncident * *middle;
  return static_cast<int>(
      std::count_if(profile.window().begin(), profile.window().end(), [&](const ProfileWindow& window) {
        return window.events() >= kIncidentEvents && RateOf(window) > limit;
      }));
}

void AddSelfTest(bool stopped, double level, SignalProfile* profile) {
  if (profile->self_tests() >= kManyTests) {
    profile->set_self_tests(profile->self_tests() / 2);
    profile->set_self_stops((profile->self_stops() + 1) / 2);
  }
  profile->set_self_tests(profile->self_tests() + 1);
  profile->set_self_stops(profile->self_stops() + (stopped ? 1 : 0));
  profile->set_self_test_level(level);
  const stats::ProbabilityInterval achieved = stats::ClopperPearson(
      static_cast<double>(profile->self_stops()), static_cast<double>(profile->self_tests()), kConfidence);
  profile->set_self_stop_low(achieved.low);
  profile->set_self_stop_high(achieved.high);
  profile->set_broken_promise(achieved.low > level);
}

SignalProfile* EntryOf(absl::string_view signal, Profile* profile) {
  auto* signals = profile->mutable_signals();
  const auto at = std::lower_bound(
      signals->begin(), signals->end(), signal,
      [](const SignalProfile& entry, absl::string_view name) { return entry.signal() < name; });
  if (at != signals->end() && at->signal() == signal) return &*at;
  const int index = static_cast<int>(at - signals->begin());
  signals->Add()->set_signal(std::string(signal));
  for (int i = signals->size() - 1; i > index; --i) signals->SwapElements(i, i - 1);
  return signals->Mutable(index);
}

Profile WithoutWindows(Profile profile) {
  for (SignalProfile& signal : *profile.mutable_signals()) signal.clear_window();
  return profile;
}

}  // namespace haldane::controller
