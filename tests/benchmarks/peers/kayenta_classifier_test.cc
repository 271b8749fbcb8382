#include "benchmarks/peers/kayenta_classifier.h"

#include <gtest/gtest.h>

#include <cmath>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "benchmarks/peers/normal.h"

namespace haldane::benchmarks {
namespace {

using Config = KayentaMetricConfig;
using Direction = Config::Direction;
using Label = KayentaMetricResult::Label;
using Values = std::vector<double>;

// What Kayenta's own classifier tests use unless they say otherwise.
Config Base(Direction direction = Direction::kEither) {
  return {.direction = direction, .tolerance = 0.10, .confidence = 0.95};
}

Config WithEffect(double decrease, double increase, Direction direction = Direction::kEither) {
  Config config = Base(direction);
  config.allowed_decrease = decrease;
  config.allowed_increase = increase;
  return config;
}

Config Cles(double decrease, double increase) {
  Config config = WithEffect(decrease, increase);
  config.effect = Config::Effect::kCles;
  config.tolerance = 0.20;
  config.confidence = 0.98;
  return config;
}

Config Critical(double decrease = 1, double increase = 1) {
  Config config = Base();
  config.critical = true;
  config.critical_decrease = decrease;
  config.critical_increase = increase;
  return config;
}

// Normal quantiles: `count` points of mean `mean` and deviation `deviation`, in
// a fixed order.
Values Normal(int count, double mean, double deviation) {
  Values values;
  for (int i = 0; i < count; ++i) values.push_back(mean + deviation * NormalQuantile((i + 0.5) / count));
  return values;
}

Values Repeat(double value, int count) { return Values(count, value); }

const Values kTwenties = {20, 22, 21, 25, 30};
const Values kOnes = {1, 2.2, 1.1, 2.5, 3};
const Values kFiveOnes = Repeat(1, 5);
const Values kFifties = {54.9, 54.5, 55.1, 55.6, 57.4};

struct Case {
  std::string name;
  Config config;
  Values control;
  Values experiment;
  Label label;
  bool critical = false;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class KayentaClassifierTest : public ::testing::TestWithParam<Case> {};

TEST_P(KayentaClassifierTest, AgreesWithKayenta) {
  const Case& c = GetParam();
  const KayentaMetricResult result = ClassifyKayentaMetric(c.config, c.control, c.experiment);
  EXPECT_EQ(result.label, c.label) << result.lower << ' ' << result.upper << ' ' << result.estimate;
  EXPECT_EQ(result.critical, c.critical);
}

std::string NameOf(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }

// The situations of Kayenta's classifier tests. Where those hold up to 210
// measured points, these hold as many of the same mean.
INSTANTIATE_TEST_SUITE_P(
    OwnTests, KayentaClassifierTest,
    ::testing::Values(
        Case{"Pass", Base(), Normal(30, 9.78, 2), Normal(30, 9.79, 2), Label::kPass},
        Case{"High", Base(), Normal(30, 9.78, 2), Normal(30, 20.22, 2), Label::kHigh},
        Case{"HighIncrease", Base(Direction::kIncrease), Normal(30, 9.78, 2), Normal(30, 20.22, 2),
             Label::kHigh},
        Case{"HighWrongDirection", Base(Direction::kDecrease), Normal(30, 9.78, 2), Normal(30, 20.22, 2),
             Label::kPass},
        Case{"Low", Base(), Normal(30, 19.95, 2), Normal(30, 9.79, 2), Label::kLow},
        Case{"LowDecrease", Base(Direction::kDecrease), Normal(30, 19.95, 2), Normal(30, 9.79, 2),
             Label::kLow},
        Case{"LowWrongDirection", Base(Direction::kIncrease), Normal(30, 19.95, 2), Normal(30, 9.79, 2),
             Label::kPass},
        Case{"RatioHigh", WithEffect(0.8, 1.2), kOnes, kTwenties, Label::kHigh},
        Case{"RatioLow", WithEffect(0.8, 1.2, Direction::kDecrease), Normal(30, 19.95, 2),
             Normal(30, 9.79, 2), Label::kLow},
        Case{"RatioPass", WithEffect(0.5, 1.0), kTwenties, {10, 12.2, 10.1, 12.5, 23}, Label::kPass},
        Case{"ClesHigh", Cles(0.2, 0.8), Normal(60, 5.9e-4, 1e-4), Normal(60, 5.2e-3, 1e-4), Label::kHigh},
        Case{"ClesLow", Cles(0.2, 0.8), Normal(30, 24.9, 2), Normal(30, 21.5, 2), Label::kLow},
        Case{"ClesPass", Cles(0.2, 0.95), Normal(30, 21.5, 3), Normal(30, 24.9, 3), Label::kPass},
        Case{"CriticalHigh", Critical(1, 1.2), kOnes, kTwenties, Label::kHigh, true},
        Case{"CriticalHighByDefault", Critical(), kOnes, kTwenties, Label::kHigh, true},
        Case{"CriticalLow", Critical(1.2, 1), {10, 20.2, 10.1, 20.5, 30}, {2, 2, 2, 2, 3}, Label::kLow, true},
        Case{"Tied", Base(Direction::kDecrease), {1, 1}, {1, 1, 1}, Label::kPass},
        Case{"Shuffled", Base(Direction::kDecrease), {5, 4, 3, 2, 1}, {1, 2, 3, 4, 5}, Label::kPass},
        Case{"OneZero", Base(Direction::kDecrease), kFiveOnes, {0, 1, 1, 1, 1}, Label::kPass},
        Case{"NoExperiment", Base(), {1, 2, 3, 4, 5}, {}, Label::kNodata},
        Case{"NoExperimentCritical", Critical(), {1, 2, 3, 4, 5}, {}, Label::kNodata, true},
        Case{"MajorityTied", Base(), kFiveOnes, {1, 1, 1, 1, 10}, Label::kPass},
        Case{"Constants", Base(), kFiveOnes, Repeat(10, 5), Label::kHigh},
        Case{"ConstantsWithZero", Base(), Repeat(0, 5), Repeat(10, 5), Label::kHigh},
        Case{"ZeroMeanHigh", WithEffect(0.8, 1.2), Repeat(0, 5), kFifties, Label::kHigh},
        Case{"ZeroMeanLow", WithEffect(0.8, 1.2), kFifties, Repeat(0, 5), Label::kLow},
        Case{"BothZero", WithEffect(0.8, 1.2), Repeat(0, 5), Repeat(0, 5), Label::kPass}),
    NameOf);

Config CriticalWithEffect(double increase, double critical_increase) {
  Config config = Critical(1, critical_increase);
  config.allowed_increase = increase;
  return config;
}

Config ReplacingNaN(Config config) {
  config.nan_strategy = Config::NanStrategy::kReplace;
  return config;
}

Config NeedingData() {
  Config config = Base();
  config.must_have_data = true;
  return config;
}

INSTANTIATE_TEST_SUITE_P(
    Bounds, KayentaClassifierTest,
    ::testing::Values(
        // The ratio is 12.04.
        Case{"CriticalNotReached", CriticalWithEffect(5, 13), kOnes, kTwenties, Label::kHigh, false},
        Case{"EffectNotReached", CriticalWithEffect(13, 15), kOnes, kTwenties, Label::kPass, false},
        Case{"NoExperimentReplaced", ReplacingNaN(Base()), {1, 2, 3, 4, 5}, {}, Label::kPass},
        Case{"NoExperimentMustHave", NeedingData(), {1, 2, 3, 4, 5}, {}, Label::kNodataFail},
        Case{"ZeroMeanCritical",
             ReplacingNaN(Critical(0.8, 1.2)),
             Repeat(0, 10),
             {0.05, 0.05, 0.0167, 0.0167, 0.0167, 0.05, 0.0333, 0.05, 0.05, 0.1333},
             Label::kHigh,
             true}),
    NameOf);

// Data that users reported, with what Kayenta answers.
INSTANTIATE_TEST_SUITE_P(
    Reported, KayentaClassifierTest,
    ::testing::Values(Case{"SevenOfTenHigh",
                           Config{},
                           Repeat(1, 10),
                           {100, 100, 100, 100, 100, 100, 100, 1, 1, 1},
                           Label::kPass},
                      Case{"EightOfTenHigh",
                           Config{},
                           Repeat(1, 10),
                           {100, 100, 100, 100, 100, 100, 100, 100, 1, 1},
                           Label::kHigh},
                      Case{"SparseErrors", Config{}, Repeat(0, 6), {0, 1, 2, 1, 0, 0}, Label::kPass},
                      Case{"HalfTheMinutesFail",
                           Config{},
                           Repeat(0, 10),
                           {0, 0.048, 0, 0.18, 0.089, 0, 0.098, 0.035, 0, 0},
                           Label::kPass},
                      Case{"EveryMinuteFails", Config{}, Repeat(0, 5), {1, 4, 2, 3, 1}, Label::kHigh}),
    NameOf);

TEST(KayentaClassifierEffectTest, RatioOfMeansIsNaNWhenOneIsZero) {
  EXPECT_TRUE(std::isnan(ClassifyKayentaMetric(Base(), Repeat(0, 5), kFifties).effect));
  EXPECT_EQ(ClassifyKayentaMetric(Base(), Repeat(0, 5), Repeat(0, 5)).effect, 1);
  EXPECT_NEAR(ClassifyKayentaMetric(Base(), kOnes, kTwenties).effect, 12.04, 0.01);
}

TEST(KayentaClassifierEffectTest, SaysWhyThereIsNoData) {
  EXPECT_FALSE(ClassifyKayentaMetric(Critical(), {}, {}).reason.empty());
}

// All-zero baseline: how many of n points must fail (alike) until it fires.
TEST(KayentaClassifierEffectTest, NeedsManyFailingMinutesAgainstAQuietBaseline) {
  const auto needed = [](int n) {
    for (int failing = 1; failing <= n; ++failing) {
      Values experiment = Repeat(0, n);
      for (int i = 0; i < failing; ++i) experiment[i] = 1;
      if (ClassifyKayentaMetric({}, Repeat(0, n), experiment).label == Label::kHigh) return failing;
    }
    return n + 1;
  };
  EXPECT_EQ(needed(10), 8);
  EXPECT_EQ(needed(20), 14);
  EXPECT_EQ(needed(30), 20);
  EXPECT_EQ(needed(60), 27);
}

TEST(KayentaClassifierEffectTest, RemovesOutliersOfEachSideOnItsOwn) {
  Config config = Base();
  config.remove_outliers = true;
  config.outlier_factor = 3;
  // 50 is beyond both fences of the experiment; without it the sides are equal.
  const KayentaMetricResult result =
      ClassifyKayentaMetric(config, {21, 23, 24, 25, 29, 23, 21}, {21, 23, 24, 25, 50, 29, 23, 21});
  EXPECT_EQ(result.label, Label::kPass);
  EXPECT_EQ(result.effect, 1);
  EXPECT_EQ(result.upper, 0);
}

TEST(KayentaClassifierEffectTest, InterpolatesPercentiles) {
  const Values values = {0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5};
  EXPECT_DOUBLE_EQ(Percentile(values, 0.05), 0.175);
  EXPECT_DOUBLE_EQ(Percentile(values, 0.5), 1.75);
  EXPECT_DOUBLE_EQ(Percentile(values, 1), 3.5);
}

Values Integers(int count, int low, int high, std::mt19937_64& random) {
  Values values;
  for (int i = 0; i < count; ++i) values.push_back(low + static_cast<int>(random() % (high - low)));
  return values;
}

// Kayenta's end-to-end tests: sixty uniform integers a side.
TEST(KayentaClassifierEndToEndTest, PassesAHealthyCanaryAndFailsABadOne) {
  std::mt19937_64 random(7);
  Config config{.direction = Direction::kIncrease, .critical = true};
  EXPECT_EQ(ClassifyKayentaMetric(config, Integers(60, 40, 45, random), Integers(60, 39, 46, random)).label,
            Label::kPass);
  const KayentaMetricResult bad =
      ClassifyKayentaMetric(config, Integers(60, 10, 20, random), Integers(60, 20, 23, random));
  EXPECT_EQ(bad.label, Label::kHigh);
  EXPECT_TRUE(bad.critical);
}

}  // namespace
}  // namespace haldane::benchmarks
