#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {

const std::vector<NamedModel>& NoiseModels() {
  static const auto& models = *new std::vector<NamedModel>{
      {"poisson", "independent, 0.05 events a second and host", MakePoisson},
      {"poisson_hi", "independent, 2 a second and host", MakePoissonHigh},
      {"low", "independent, 3.6 an hour and host", MakeLow},
      {"diurnal", "load and rate in waves of +-60 %", MakeDiurnal},
      {"hostcv.3", "hosts differ by 30 % for good", MakeHostSpread30},
      {"hostcv.3hi", "hosts differ by 30 %, 5 events a second", MakeHostSpread30High},
      {"hostcv.6", "hosts differ by 60 % for good", MakeHostSpread60},
      {"tickNB", "negative binomial seconds, dispersion 6", MakeTickNoise},
      {"ar1", "host rates wander by 50 % within a minute", MakeAutocorrelation},
      {"ar1slow", "host rates wander by 40 % within five minutes", MakeSlowAutocorrelation},
      {"shock", "shared incidents of 20 times the rate", MakeSharedIncident},
      {"shockhet", "shared incidents that hit hosts unequally", MakeUnequalIncident},
      {"burst", "bursts of 31 events on single hosts", MakeBursts},
      {"burstpareto", "heavy-tailed bursts on single hosts", MakeParetoBursts},
      {"cold+gate", "a cold canary behind an age gate", MakeColdStart},
      {"restart+gate", "hosts restart and are cold, behind an age gate", MakeRestarts},
      {"skew.1", "canary hosts with a tenth of the traffic", MakeSkewedLoad},
      {"combo", "hosts, drift, incidents, bursts and waves", MakeEverything},
      {"combo_hi", "the same on a busy fleet", MakeEverythingBusy},
      {"proportion", "2 % of requests fail, hosts differ by 10 %", MakeProportion},
  };
  return models;
}

}  // namespace haldane::benchmarks
