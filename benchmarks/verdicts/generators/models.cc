#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {

const std::vector<NamedModel>& NoiseModels() {
  static const auto& models = *new std::vector<NamedModel>{
      {"poisson", "independent, 0.05 events a second and host", MakePoisson},
      {"poisson_hi", "independent, 2 a second and host", MakePoissonHigh},
      {"low", "independent, 3.6 an hour and host", MakeLow},
      {"never", "independent, 0.036 an hour and host: mostly none at all", MakeNever},
      {"sparse", "one request in five seconds and host, one in ten fails", MakeSparseTraffic},
      {"diurnal", "load and rate in waves of +-60 %", MakeDiurnal},
      {"hostcv.1", "hosts differ by 10 % for good", MakeHostSpread10},
      {"hostcv.3", "hosts differ by 30 % for good", MakeHostSpread30},
      {"hostcv.3hi", "hosts differ by 30 %, 5 events a second", MakeHostSpread30High},
      {"hostcv.6", "hosts differ by 60 % for good", MakeHostSpread60},
      {"hostcv1", "hosts differ by 100 % for good", MakeHostSpread100},
      {"unequal", "hosts of unlike size: load spread by a factor of 2.2 either way, rates by 20 %",
       MakeUnequalHosts},
      {"tails", "log-normal hosts, seconds and minutes: spreads of 0.5, 1 and 0.5", MakeHeavyTails},
      {"tickNB", "negative binomial seconds, dispersion 6", MakeTickNoise},
      {"ar1", "host rates wander by 50 % within a minute", MakeAutocorrelation},
      {"ar1slow", "host rates wander by 40 % within five minutes", MakeSlowAutocorrelation},
      {"drift", "host rates drift apart by 30 % in half an hour", MakeDrift},
      {"shock", "shared incidents of 20 times the rate", MakeSharedIncident},
      {"shockhet", "shared incidents that hit hosts unequally", MakeUnequalIncident},
      {"burst", "bursts of 31 events on single hosts", MakeBursts},
      {"burstpareto", "heavy-tailed bursts on single hosts", MakeParetoBursts},
      {"cold+gate", "a cold canary behind an age gate", MakeColdStart},
      {"restart+gate", "hosts restart and are cold, behind an age gate", MakeRestarts},
      {"skew.1", "canary hosts with a tenth of the traffic", MakeSkewedLoad},
      {"combo", "hosts, drift, incidents, bursts and waves", MakeEverything},
      {"combo_hi", "the same on a busy fleet", MakeEverythingBusy},
      {"proportion", "2 % of requests fail, hosts differ by 10 %", MakeProportion, true},
  };
  return models;
}

}  // namespace haldane::benchmarks
