#include "controller/history/profile_learner.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "controller/evidence/signal_values.h"
#include "controller/history/profile_windows.h"

namespace haldane::controller {
namespace {

constexpr int kNobody = -1;
constexpr int kLeastHosts = 2;

}  // namespace

ProfileLearner::ProfileLearner(haldane::v1::ExposureUnit exposure) : exposure_(exposure) {
  for (const plan::Signal& signal : plan::KnownSignals()) {
    if (!plan::IsRate(signal.kind) && signal.kind != plan::SignalKind::kRareEvent) continue;
    signals_.push_back({.known = &signal, .window = SignalWindow(signal)});
  }
}

void ProfileLearner::Observe(absl::Span<const SeriesSecond> second) {
  if (!chosen_) ChooseRevision(second);
  if (!chosen_) return;
  ++seconds_;
  std::map<int, std::vector<const SeriesSecond*>> by_host;
  for (const SeriesSecond& entry : second) {
    const bool ours = entry.series->revision == revision_;
    (ours ? process_ms_ : other_process_ms_) += entry.logged.process_ms;
    if (!ours) continue;
    const int host = IndexOf(entry.series->host);
    if (host != kNobody) by_host[host].push_back(&entry);
  }

  std::vector<std::vector<stats::HostTick>> ticks(signals_.size());
  for (const auto& [host, entries] : by_host) {
    for (const SeriesSecond* entry : entries) {
      const UnitTick tick = entry->ToUnitTick(host);
      for (size_t s = 0; s < signals_.size(); ++s) {
        const absl::string_view name = signals_[s].known->name;
        if (!entry->series->Counts(name)) continue;
        const SignalValue value = ReadSignal(name, tick, exposure_);
        if (value.events == 0 && value.exposure == 0) continue;
        if (ticks[s].empty() || ticks[s].back().host != host) ticks[s].push_back({.host = host});
        ticks[s].back().events += value.events;
        ticks[s].back().exposure += value.exposure;
      }
    }
  }
  for (size_t s = 0; s < signals_.size(); ++s) signals_[s].window.AddTick(ticks[s]);
}

// The revision that runs on most hosts.
void ProfileLearner::ChooseRevision(absl::Span<const SeriesSecond> second) {
  std::map<std::string, std::set<absl::string_view>> hosts;
  for (const SeriesSecond& entry : second) hosts[entry.series->revision].insert(entry.series->host);
  const auto most = std::max_element(hosts.begin(), hosts.end(), [](const auto& a, const auto& b) {
    return a.second.size() < b.second.size();
  });
  if (most == hosts.end()) return;
  revision_ = most->first;
  chosen_ = true;
}

int ProfileLearner::IndexOf(const std::string& host) {
  const auto found = hosts_.find(host);
  if (found != hosts_.end()) return found->second;
  if (hosts_.size() >= kMaxHosts) return kNobody;
  const int index = static_cast<int>(hosts_.size());
  hosts_.emplace(host, index);
  return index;
}

void ProfileLearner::StartAfresh() {
  for (Signal& signal : signals_) signal.window.StartAfresh();
  chosen_ = false;
  revision_.clear();
  hosts_.clear();
  NextWindow();
}

void ProfileLearner::NextWindow() {
  seconds_ = 0;
  process_ms_ = 0;
  other_process_ms_ = 0;
}

absl::StatusOr<std::map<std::string, haldane::v1::ProfileWindow>> ProfileLearner::Close(
    const haldane::v1::Profile& known, int64_t turn, int least_seconds) {
  const int seconds = seconds_;
  const auto hosts = static_cast<int>(hosts_.size());
  if (seconds < least_seconds) {
    return absl::FailedPreconditionError(
        absl::StrCat("only ", seconds, " s have been observed since the last window or rollout, at least ",
                     least_seconds, " are needed"));
  }
  if (process_ms_ < other_process_ms_) {
    StartAfresh();
    return absl::FailedPreconditionError("another revision has taken over; a window needs one revision");
  }
  if (hosts < kLeastHosts) {
    return absl::FailedPreconditionError(
        absl::StrCat(hosts == 0 ? "no host" : "only one host",
                     " has reported warm processes of the service, at least ", kLeastHosts, " are needed"));
  }
  std::map<std::string, haldane::v1::ProfileWindow> windows;
  for (Signal& signal : signals_) {
    const std::string name(signal.known->name);
    const auto entry = std::find_if(known.signals().begin(), known.signals().end(),
                                    [&](const auto& profile) { return profile.signal() == name; });
    static const haldane::v1::SignalProfile kNothing;
    haldane::v1::ProfileWindow window =
        signal.window.Close(entry == known.signals().end() ? kNothing : *entry, turn);
    if (window.exposure() > 0) windows[name] = std::move(window);
  }
  NextWindow();
  if (windows.empty()) return absl::FailedPreconditionError("the service had no traffic");
  return windows;
}

}  // namespace haldane::controller
