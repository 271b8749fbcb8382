#include "stats/split_accumulator.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace haldane::stats {

void SplitAccumulator::AddHost(Cohort cohort) {
  // Nothing of the past is missed by leaving out a newcomer.
  hosts_.push_back({.cohort = cohort, .without = expected_});
}

void SplitAccumulator::AddExpected(const Totals& canary, const Totals& baseline, Expected& expected) {
  if (!(canary.exposure > 0) || !(baseline.exposure > 0)) return;
  const double events = canary.events + baseline.events;
  const double exposure = canary.exposure + baseline.exposure;
  expected.canary += events * (canary.exposure / exposure);
  expected.baseline += events * (baseline.exposure / exposure);
}

void SplitAccumulator::AddTick(absl::Span<const HostTick> ticks) {
  Totals canary;
  Totals baseline;
  // Sums with a gap, by adding up what lies before and after it, so that
  // leaving out a host subtracts nothing and rounds nothing away.
  std::vector<Totals> before(ticks.size());
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    Totals& side = hosts_[ticks[i].host].cohort == Cohort::kCanary ? canary : baseline;
    before[i] = side;
    side.events += ticks[i].events;
    side.exposure += ticks[i].exposure;
  }
  AddExpected(canary, baseline, expected_);

  Totals canary_after;
  Totals baseline_after;
  for (std::size_t i = ticks.size(); i-- > 0;) {
    Host& host = hosts_[ticks[i].host];
    const bool is_canary = host.cohort == Cohort::kCanary;
    Totals& after = is_canary ? canary_after : baseline_after;
    const Totals others = {before[i].events + after.events, before[i].exposure + after.exposure};
    AddExpected(is_canary ? others : canary, is_canary ? baseline : others, host.without);
    after.events += ticks[i].events;
    after.exposure += ticks[i].exposure;

    const Totals& own = is_canary ? canary : baseline;
    if (host.exposure == 0) ++exposed_hosts_;
    host.events += ticks[i].events;
    host.exposure += ticks[i].exposure;
    host.share += own.events * (ticks[i].exposure / own.exposure);
  }
  // A host that did not report in this tick is not missed by leaving it out.
  std::size_t next = 0;
  for (std::size_t h = 0; h < hosts_.size(); ++h) {
    if (next < ticks.size() && ticks[next].host == static_cast<int>(h)) {
      ++next;
    } else {
      AddExpected(canary, baseline, hosts_[h].without);
    }
  }
  canary_.events += canary.events;
  canary_.exposure += canary.exposure;
  baseline_.events += baseline.events;
  baseline_.exposure += baseline.exposure;
}

void SplitAccumulator::AddPastTick(absl::Span<const HostTick> ticks) {
  Totals all;
  for (const HostTick& tick : ticks) {
    all.events += tick.events;
    all.exposure += tick.exposure;
  }
  for (const HostTick& tick : ticks) {
    HostHistory& past = hosts_[tick.host].past;
    past.events += tick.events;
    past.expected += all.events * (tick.exposure / all.exposure);
  }
  has_past_ |= all.events > 0;
}

std::vector<SplitAccumulator::Member> SplitAccumulator::Members(Cohort cohort, int excluded) const {
  std::vector<Member> members;
  bool has_shares = false;
  for (std::size_t h = 0; h < hosts_.size(); ++h) {
    if (hosts_[h].cohort != cohort || static_cast<int>(h) == excluded) continue;
    members.push_back({&hosts_[h], 0});
    has_shares |= hosts_[h].share > 0;
  }
  // Hosts that have seen no event of their cohort have no expected shares of
  // them; then exposure tells how much each weighs.
  double total = 0;
  for (Member& member : members) {
    member.weight = has_shares ? member.host->share : member.host->exposure;
    total += member.weight;
  }
  members.erase(
      std::remove_if(members.begin(), members.end(), [](const Member& m) { return !(m.weight > 0); }),
      members.end());
  for (Member& member : members) member.weight *= static_cast<double>(members.size()) / total;
  return members;
}

RandomEffects SplitAccumulator::Engine(double phi, int excluded, const SpreadPrior& prior) const {
  const Expected& expected = ExpectedWithout(excluded);
  if (!(expected.canary > 0) || !(expected.baseline > 0)) return RandomEffects({});
  SplitCounts counts;
  PrePeriod history;
  counts.log_odds = std::log(expected.canary / expected.baseline);
  const auto add = [phi](const std::vector<Member>& members, CohortCounts& side,
                         std::vector<HostHistory>& past) {
    for (const Member& member : members) {
      side.events.push_back(member.host->events / phi);
      side.weights.push_back(member.weight);
      past.push_back({member.host->past.events / phi, member.host->past.expected / phi});
    }
  };
  add(Members(Cohort::kCanary, excluded), counts.canary, history.canary);
  add(Members(Cohort::kBaseline, excluded), counts.baseline, history.baseline);
  return has_past_ ? WithPrePeriod(counts, history, prior) : RandomEffects(counts, prior);
}

RandomEffects SplitAccumulator::Update(RandomEffects engine, double phi) const {
  engine.MoveTo(canary_.events / phi, baseline_.events / phi,
                std::log(expected_.canary / expected_.baseline));
  return engine;
}

SplitAccumulator::Mark SplitAccumulator::MarkNow() const {
  Mark mark;
  for (const Host& host : hosts_) mark.hosts_.push_back({host.events, host.without});
  mark.expected_ = expected_;
  mark.canary_events_ = canary_.events;
  mark.baseline_events_ = baseline_.events;
  return mark;
}

RandomEffects SplitAccumulator::EngineSince(const Mark& mark, const RandomEffects& engine, double phi,
                                            int excluded) const {
  double canary = canary_.events - mark.canary_events_;
  double baseline = baseline_.events - mark.baseline_events_;
  Expected before = mark.expected_;
  if (excluded != kNobody) {
    // A host that joined after the mark had done nothing by then.
    const bool known = excluded < static_cast<int>(mark.hosts_.size());
    double& own = hosts_[excluded].cohort == Cohort::kCanary ? canary : baseline;
    own -= hosts_[excluded].events - (known ? mark.hosts_[excluded].events : 0);
    if (known) before = mark.hosts_[excluded].without;
  }
  const Expected& now = ExpectedWithout(excluded);
  const Expected since = {now.canary - before.canary, now.baseline - before.baseline};
  if (!(since.canary > 0) || !(since.baseline > 0)) return RandomEffects({});
  // Differences of sums may miss zero by a rounding.
  RandomEffects other = engine;
  other.MoveTo(std::max(0.0, canary) / phi, std::max(0.0, baseline) / phi,
               std::log(since.canary / since.baseline));
  return other;
}

}  // namespace haldane::stats
