// ServiceHistory::Extract.

#include <algorithm>
#include <cmath>
#include <tuple>

#include "controller/evidence/cohort.h"
#include "controller/evidence/signal_values.h"
#include "controller/history/draw.h"
#include "controller/history/service_history.h"
#include "plan/defaults.h"
#include "plan/signals.h"

namespace haldane::controller {
namespace {

using haldane::v1::Plan;

// One host's series that ran the baseline.
struct PastHost {
  std::string host;
  std::vector<const Series*> series;
  bool runs_canary = false;
};

// Counts of different kinds of probe are not compared: of the hosts, most use
// this one.
haldane::v1::ProbeSource UsualSource(const std::vector<PastHost>& hosts) {
  std::map<haldane::v1::ProbeSource, int> uses;
  for (const PastHost& host : hosts) {
    for (const Series* series : host.series) ++uses[series->identity.exception_source()];
  }
  const auto usual = std::max_element(uses.begin(), uses.end(),
                                      [](const auto& a, const auto& b) { return a.second < b.second; });
  return usual == uses.end() ? haldane::v1::PROBE_SOURCE_NONE : usual->first;
}

void KeepMostUseful(std::vector<PastHost>* hosts) {
  std::sort(hosts->begin(), hosts->end(), [](const PastHost& a, const PastHost& b) {
    const auto rank = [](const PastHost& host) {
      return std::make_tuple(!host.runs_canary, NumberOf(host.host), absl::string_view(host.host));
    };
    return rank(a) < rank(b);
  });
  if (hosts->size() > ServiceHistory::kMaxExtracted) hosts->resize(ServiceHistory::kMaxExtracted);
  std::sort(hosts->begin(), hosts->end(),
            [](const PastHost& a, const PastHost& b) { return a.host < b.host; });
}

// Sums of one host's signals by second.
class HostSums {
 public:
  HostSums(const Plan& plan, const google::protobuf::RepeatedPtrField<std::string>& signals, int64_t now)
      : plan_(plan), signals_(signals), now_(now), values_(SecondLog::kSeconds * signals.size()) {}

  void Add(const Series& series, haldane::v1::ProbeSource usual_source) {
    const auto warmup = absl::ToInt64Seconds(plan::FromProto(plan_.observe().warmup()));
    series.log.Visit(now_ - SecondLog::kSeconds + 1, [&](const LoggedSecond& second) {
      if (int64_t{second.youngest_s} < warmup) return;
      const UnitTick tick = SeriesSecond{.series = &series, .logged = second}.ToUnitTick(0);
      for (int s = 0; s < signals_.size(); ++s) {
        const std::string& name = signals_[s];
        if (!series.Counts(name)) continue;
        if (NeedsExceptionProbe(name) && series.identity.exception_source() != usual_source) continue;
        const SignalValue value = ReadSignal(name, tick, plan_.exposure());
        SignalValue& sum = values_[(now_ - second.second) * signals_.size() + s];
        sum.events += value.events;
        sum.exposure += value.exposure;
      }
    });
  }

  // Oldest first.
  void Write(haldane::v1::HostHistory* history) const {
    for (int64_t ago = SecondLog::kSeconds - 1; ago >= 0; --ago) {
      const SignalValue* const values = &values_[ago * signals_.size()];
      const bool any = std::any_of(values, values + signals_.size(),
                                   [](const SignalValue& v) { return v.events > 0 || v.exposure > 0; });
      if (!any) continue;
      haldane::v1::HistorySecond* second = history->add_seconds();
      second->set_before(static_cast<uint32_t>(ago) + 1);
      for (int s = 0; s < signals_.size(); ++s) {
        second->add_events(static_cast<uint64_t>(std::llround(values[s].events)));
        second->add_exposure(values[s].exposure);
      }
    }
  }

 private:
  const Plan& plan_;
  const google::protobuf::RepeatedPtrField<std::string>& signals_;
  const int64_t now_;
  std::vector<SignalValue> values_;  // by seconds ago, then signal
};

}  // namespace

haldane::v1::History ServiceHistory::Extract(const Plan& plan, int64_t second,
                                             absl::Span<const std::string> only) const {
  haldane::v1::History history;
  for (const haldane::v1::SignalPlan& signal : plan.signals()) {
    const plan::Signal* known = plan::FindSignal(signal.name());
    if (known != nullptr && plan::IsRate(known->kind)) history.add_signals(signal.name());
  }
  std::vector<PastHost> hosts;
  for (const auto& [name, host] : hosts_) {
    if (!only.empty() && !std::binary_search(only.begin(), only.end(), name)) continue;
    PastHost past = {.host = name};
    for (const auto& [key, series] : host.series) {
      const std::optional<Cohort> cohort = CohortOf(plan, series->identity);
      past.runs_canary |= cohort == Cohort::kCanary;
      if (cohort == Cohort::kBaseline) past.series.push_back(series.get());
    }
    if (!past.series.empty()) hosts.push_back(std::move(past));
  }
  if (history.signals().empty()) return history;
  KeepMostUseful(&hosts);

  const haldane::v1::ProbeSource usual_source = UsualSource(hosts);
  for (const PastHost& past : hosts) {
    HostSums sums(plan, history.signals(), second);
    for (const Series* series : past.series) sums.Add(*series, usual_source);
    haldane::v1::HostHistory host;
    host.set_host(past.host);
    sums.Write(&host);
    if (!host.seconds().empty()) *history.add_hosts() = std::move(host);
  }
  return history;
}

}  // namespace haldane::controller
