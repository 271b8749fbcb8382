#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "stats/cohort.h"
#include "stats/dispersion.h"
#include "stats/grids.h"
#include "stats/random_effects.h"
#include "stats/split_accumulator.h"

namespace haldane::stats {

// One stream of events of a CountSignal (capped or as they came), kept so that
// its engine is at hand after every tick.
//
// What the engine costs is asking every host how far hosts differ. In a fleet of
// more than sixteen that answer changes slowly, so it is asked again only when
// events or the dispersion have changed by (hosts - 16)/2048, or a host has
// joined in; what is asked of the split itself is always of now. The weight of each spread
// is then a function of the past, as good as any other for the guarantee.
// Deterministic in the ticks alone, whoever looks in between.
class CountPath {
 public:
  // least_dispersion: of counts 1; for proportions 0, which stands for
  // max(0.05, 1 - p), p the share of exposures with an event.
  CountPath(Dispersion dispersion, const SpreadPrior& prior, double least_dispersion);

  void AddHost(Cohort cohort) { split_.AddHost(cohort); }
  void AddPastTick(absl::Span<const HostTick> ticks);
  void AddTick(absl::Span<const HostTick> ticks);
  void StartAfresh() { dispersion_.StartAfresh(); }

  // From here on another engine is kept: EngineSince(0), (1), ...
  void Mark() { marks_.push_back(split_.MarkNow()); }
  int marks() const { return static_cast<int>(marks_.size()); }

  const RandomEffects& engine() const { return engine_; }
  RandomEffects EngineSince(int mark) const {
    return split_.EngineSince(marks_[mark], engine_, phi_, SplitAccumulator::kNobody);
  }
  // As if the host had never reported, asked afresh.
  RandomEffects EngineWithout(int host) const { return split_.Engine(phi_, host, prior_); }
  RandomEffects EngineSinceWithout(int mark, const RandomEffects& without, int host) const {
    return split_.EngineSince(marks_[mark], without, phi_, host);
  }

  double phi() const { return phi_; }
  const Dispersion& dispersion() const { return dispersion_; }
  double events(Cohort cohort) const { return split_.events(cohort); }
  double exposure(Cohort cohort) const { return split_.exposure(cohort); }
  // Grows whenever the engine, or one since a mark, is another.
  std::uint64_t version() const { return version_; }

 private:
  void Refresh();

  SplitAccumulator split_;
  Dispersion dispersion_;
  SpreadPrior prior_;
  double least_dispersion_;
  std::vector<SplitAccumulator::Mark> marks_;
  double phi_ = 1;
  RandomEffects engine_{SplitCounts{}};
  std::uint64_t version_ = 0;
  // When hosts were last asked.
  double asked_events_ = 0;
  double asked_phi_ = 0;
  int asked_hosts_ = 0;
};

}  // namespace haldane::stats
