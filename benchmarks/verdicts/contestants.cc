#include "benchmarks/verdicts/contestants.h"

#include <cmath>
#include <memory>

#include "benchmarks/peers/argo.h"
#include "benchmarks/peers/flagger.h"
#include "benchmarks/peers/kayenta.h"
#include "benchmarks/peers/msprt.h"
#include "benchmarks/peers/z_test.h"
#include "benchmarks/verdicts/engine/pre_period.h"

namespace haldane::benchmarks {
namespace {

bool IsProportion(const NamedModel& model) { return model.name == "proportion"; }

// Events per request of a healthy fleet in the long run.
double UsualRate(const NamedModel& model) {
  constexpr int kFleets = 20;
  constexpr int kSeconds = 1800;
  HostSecond sum;
  for (int run = 0; run < kFleets; ++run) {
    const auto fleet = model.make({.cohorts = {1, 9}}, Random(model.name + "/usual", run));
    Second second;
    for (int t = 0; t < kSeconds; ++t) {
      fleet->Next(second);
      const HostSecond total = Total(second.baseline);
      sum.events += total.events;
      sum.exposure += total.exposure;
    }
  }
  return sum.events / sum.exposure;
}

template <typename T, typename Options>
Contestant Default(std::string name, const Options& options) {
  return {std::move(name), [options]() -> std::unique_ptr<Judge> { return std::make_unique<T>(options); }};
}

}  // namespace

std::string ModeName(Mode mode) { return mode == Mode::kCold ? "cold" : "pre-period"; }

Contestant Engine(Mode mode, const ColdEngine::Options& options) {
  Contestant contestant = mode == Mode::kCold ? Default<ColdEngine>("Haldane, cold", options)
                                              : Default<PrePeriodEngine>("Haldane, pre-period", options);
  contestant.enough = -std::log(kAlphas[2]);
  return contestant;
}

std::vector<Contestant> Peers(const NamedModel& model) {
  return {
      Default<KayentaJudge>("Kayenta", KayentaJudge::Options{}),
      Default<ArgoJudge>("Argo Rollouts", ArgoJudge::Options{}),
      Default<FlaggerJudge>("Flagger", FlaggerJudge::Options{.max_rate = 2 * UsualRate(model)}),
      IsProportion(model) ? Default<BinomialMsprt>("mSPRT", BinomialMsprt::Options{})
                          : Default<PoissonMsprt>("mSPRT", PoissonMsprt::Options{}),
      Default<RepeatedZTest>("z-test", RepeatedZTest::Options{}),
  };
}

ColdEngine::Options EngineOptions(const NamedModel& model, Looks looks) {
  using Kind = stats::CountSignal::Options::Kind;
  return {.kind = IsProportion(model) ? Kind::kProportion : Kind::kCount, .looks = looks};
}

}  // namespace haldane::benchmarks
