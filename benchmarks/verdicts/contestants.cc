#include "benchmarks/verdicts/contestants.h"

#include <cmath>
#include <map>
#include <memory>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "benchmarks/peers/argo.h"
#include "benchmarks/peers/flagger.h"
#include "benchmarks/peers/kayenta.h"
#include "benchmarks/peers/msprt.h"
#include "benchmarks/peers/z_test.h"
#include "benchmarks/verdicts/engine/profile.h"
#include "stats/restarts.h"

namespace haldane::benchmarks {
namespace {

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

// Learned when a judge is first made, as most cells are found finished.
const stats::SignalProfile& ProfileOf(const NamedModel& model) {
  static std::mutex mutex;
  static auto& profiles = *new std::map<std::string, stats::SignalProfile>;
  const std::lock_guard<std::mutex> lock(mutex);
  auto found = profiles.find(model.name);
  if (found == profiles.end()) found = profiles.emplace(model.name, LearnProfile(model)).first;
  return found->second;
}

template <typename T, typename Options>
Contestant Default(std::string name, const Options& options) {
  return {std::move(name), [options]() -> std::unique_ptr<Judge> { return std::make_unique<T>(options); }};
}

}  // namespace

std::string ModeName(Mode mode) {
  switch (mode) {
    case Mode::kCold:
      return "cold";
    case Mode::kProfile:
      return "with a profile";
    case Mode::kMismatched:
      return "with a profile of calmer times";
    case Mode::kPrePeriod:
      return "with the same hosts' past";
    case Mode::kRestarts:
      return "cold, with restarts";
  }
  return "";
}

Contestant Engine(Mode mode, const NamedModel& model, const Question& question) {
  using Kind = stats::CountSignal::Options::Kind;
  EngineJudge::Options options{.tolerate_ratio = question.tolerate_ratio,
                               .alphas = question.alphas,
                               .missed = question.missed,
                               .kind = model.proportion ? Kind::kProportion : Kind::kCount,
                               .past = mode == Mode::kPrePeriod,
                               .looks = question.looks};
  if (mode == Mode::kRestarts) options.restarts = stats::PlannedStarts(kRollout);
  const NamedModel* taught_by = nullptr;
  if (mode == Mode::kProfile) taught_by = &FindNoiseModel(model.name);
  if (mode == Mode::kMismatched) taught_by = &FindNoiseModel("poisson");
  const auto make = [options, taught_by]() -> std::unique_ptr<Judge> {
    EngineJudge::Options complete = options;
    if (taught_by != nullptr) complete.profile = ProfileOf(*taught_by);
    return std::make_unique<EngineJudge>(complete);
  };
  return {.name = absl::StrCat("Haldane, ", ModeName(mode)),
          .make = make,
          .enough = -std::log(question.alphas.back()),
          .until_proceed = question.missed > 0,
          .key = absl::StrCat(question.tolerate_ratio, " ", question.missed, " ",
                              absl::StrJoin(question.alphas, ","), " ", static_cast<int>(question.looks))};
}

std::vector<Contestant> Peers(const NamedModel& model) {
  return {
      Default<KayentaJudge>("Kayenta", KayentaJudge::Options{}),
      Default<ArgoJudge>("Argo Rollouts", ArgoJudge::Options{}),
      Default<FlaggerJudge>("Flagger", FlaggerJudge::Options{.max_rate = 2 * UsualRate(model)}),
      model.proportion ? Default<BinomialMsprt>("mSPRT", BinomialMsprt::Options{})
                       : Default<PoissonMsprt>("mSPRT", PoissonMsprt::Options{}),
      Default<RepeatedZTest>("z-test", RepeatedZTest::Options{}),
  };
}

}  // namespace haldane::benchmarks
