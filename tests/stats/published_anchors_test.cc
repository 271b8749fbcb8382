// Numbers that other people have published for sequential tests, reproduced
// from the published formulas. They anchor the arithmetic that the engines are
// made of, where it is ours, and hold the formulas of relatives that the engine
// is compared with in docs/statistics.md, written out here.

#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/zeta.hpp>
#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "stats/dirichlet_multinomial.h"
#include "stats/log_gamma.h"
#include "stats/log_space.h"
#include "stats/rate_sequence.h"

namespace haldane::stats {
namespace {

// Howard, Ramdas, McAuliffe, Sekhon: the mixture variance that is best at v.
double BestRho(double v, double alpha) {
  const double l = 2 * std::log(1 / alpha);
  return v / (l + std::log(1 + l));
}

double NormalTwoSided(double s, double v, double rho) {
  return 0.5 * std::log(rho / (v + rho)) + s * s / (2 * (v + rho));
}

double NormalOneSided(double s, double v, double rho) {
  return std::log(2) + NormalTwoSided(s, v, rho) + std::log(0.5 * std::erfc(-s / std::sqrt(2 * (v + rho))));
}

// U1: the normal mixture (Robbins), which gauge_drift.h carries to two cohorts.
TEST(PublishedAnchorsTest, NormalMixture) {
  const double two = BestRho(100, .05);
  const double one = BestRho(100, .1);
  EXPECT_NEAR(two, 12.6005609793, 1e-9);
  EXPECT_NEAR(one, 15.8006349069, 1e-9);
  EXPECT_NEAR(NormalTwoSided(10, 100, two), -0.651005160007, 1e-10);
  EXPECT_NEAR(NormalOneSided(10, 100, one), -0.0650239124290, 1e-10);
  EXPECT_NEAR(NormalTwoSided(30.3520899038, 100, two), std::log(20), 1e-8);
  EXPECT_NEAR(NormalOneSided(27.6607088307, 100, one), std::log(20), 1e-8);
  const double sums[] = {.7967141530112327, .958449851840048, 1.9061383899407405, 3.729168246348766};
  const double golden[] = {-.289456928767, -.698300488370, -.381945617872, .696053385355};
  for (int v = 1; v <= 4; ++v) {
    EXPECT_NEAR(NormalOneSided(sums[v - 1], v, .1580063490685053), golden[v - 1], 1e-10);
  }
}

// U2: the gamma-Poisson mixture, whose untruncated form is RateLogEvidence.
double GammaPoisson(double s, double v, double rho, double c) {
  const double shape = rho / (c * c);
  const double posterior = (c * s + v + rho) / (c * c);
  const double rate = (v + rho) / (c * c);
  return shape * std::log(shape) - LogGamma(shape) - std::log(boost::math::gamma_q(shape, shape)) +
         LogGamma(posterior) + std::log(boost::math::gamma_q(posterior, rate)) - posterior * std::log(rate) +
         v / (c * c);
}

TEST(PublishedAnchorsTest, GammaPoissonMixture) {
  const double rho = BestRho(100, .1);
  EXPECT_NEAR(GammaPoisson(10, 100, rho, 2), -0.0699121853171, 1e-8);
  EXPECT_NEAR(GammaPoisson(30.1948984153, 100, rho, 2), std::log(20), 1e-7);
  // Without the truncation, with k events where mu are expected and c = 1, it is ours.
  const double k = 31;
  const double mu = 20;
  const double shape = .5;
  const double untruncated = shape * std::log(shape) - LogGamma(shape) + LogGamma(k + shape) -
                             (k + shape) * std::log(mu + shape) + mu;
  EXPECT_NEAR(RateLogEvidence(k, mu), untruncated, 1e-9);
}

// U3: the beta-binomial mixture; SplitFit is its two-sided form with a null
// that is random too.
double BetaBinomial(double s, double v, double rho, double g, double h, bool one_sided) {
  const double r = std::max(rho - g * h, 1e-3 * g * h);
  const double x = one_sided ? h / (g + h) : 1;
  const auto log_beta = [&](double a, double b) {
    return LogGamma(a) + LogGamma(b) - LogGamma(a + b) + std::log(boost::math::ibeta(a, b, x));
  };
  return log_beta((r + v - g * s) / (g * (g + h)), (r + v + h * s) / (h * (g + h))) -
         log_beta(r / (g * (g + h)), r / (h * (g + h))) + v / (g * h) * std::log(g + h) -
         (v + h * s) / (h * (g + h)) * std::log(g) - (v - g * s) / (g * (g + h)) * std::log(h);
}

TEST(PublishedAnchorsTest, BetaBinomialMixture) {
  EXPECT_NEAR(BetaBinomial(10, 100, BestRho(100, .05), .2, .8, false), -0.694101173947, 1e-7);
  EXPECT_NEAR(BetaBinomial(10, 100, BestRho(100, .1), .2, .8, true), -0.0713401889794, 1e-7);
}

// U4: polynomial stitching, the closed-form alternative to a mixture.
TEST(PublishedAnchorsTest, PolynomialStitching) {
  const auto bound = [](double v, double alpha, double v_min, double c) {
    const double s = 1.4;
    const double eta = 2;
    const double k1 = (std::pow(eta, .25) + std::pow(eta, -.25)) / std::sqrt(2);
    const double k2 = (std::sqrt(eta) + 1) / 2;
    const double l = s * std::log(std::log(eta * std::max(v, v_min) / v_min)) +
                     std::log(boost::math::zeta(s) / (alpha * std::pow(std::log(eta), s)));
    return std::sqrt(k1 * k1 * v * l + k2 * k2 * c * c * l * l) + k2 * c * l;
  };
  EXPECT_NEAR(bound(100, .05, 10, 3), 64.4875466591, 1e-8);
  EXPECT_NEAR(bound(100, .05, 10, -1), 28.9938929681, 1e-8);
}

// U5: Lindon and Malek's multinomial test, in this project's own arithmetic.
TEST(PublishedAnchorsTest, DirichletMultinomial) {
  const auto log_odds = [](const std::vector<double>& alpha, const std::vector<double>& counts,
                           const std::vector<double>& null) {
    double fit = DirichletMultinomialFit(alpha, counts) + BestMultinomial(counts);
    for (std::size_t i = 0; i < counts.size(); ++i) fit -= counts[i] * std::log(null[i]);
    return fit;
  };
  const double first = log_odds({80, 20}, {70, 30}, {.8, .2});
  EXPECT_NEAR(first, 1.04795417219, 1e-9);
  EXPECT_NEAR(std::exp(-first), .350654394307, 1e-9);
  EXPECT_NEAR(log_odds({.5, .5}, {5, 9}, {.5, .5}), -0.984743152333, 1e-9);
}

// ln of p^k (1-p)^(n-k) over the same at q.
double BernoulliRatio(double k, double n, double p, double q) {
  return k * std::log(p / q) + (n - k) * std::log((1 - p) / (1 - q));
}

// U6: Turner and Gruenwald's 2x2 e-value, block by block: the strict binomial
// alternative to a proportion's CountSignal, for independent requests.
double Blocks(const char* a, const char* b, double n_a, double n_b, double prior_a, double prior_b,
              std::vector<double>* path = nullptr) {
  double ones[] = {prior_a, prior_b};
  double zeros[] = {prior_a, prior_b};
  double sum = 0;
  for (; *a; ++a, ++b) {
    const double k[] = {static_cast<double>(*a - '0'), static_cast<double>(*b - '0')};
    const double n[] = {n_a, n_b};
    const double p_a = ones[0] / (ones[0] + zeros[0]);
    const double p_b = ones[1] / (ones[1] + zeros[1]);
    const double null = (n_a * p_a + n_b * p_b) / (n_a + n_b);
    sum += BernoulliRatio(k[0], n_a, p_a, null) + BernoulliRatio(k[1], n_b, p_b, null);
    for (int side = 0; side < 2; ++side) {
      ones[side] += k[side];
      zeros[side] += n[side] - k[side];
    }
    if (path) path->push_back(sum);
  }
  return sum;
}

TEST(PublishedAnchorsTest, TwoByTwoTables) {
  std::vector<double> path;
  EXPECT_NEAR(std::exp(Blocks("1010001", "1011101", 1, 1, .18, .18, &path)), 1.09550461976, 1e-9);
  const double expected[] = {0, 0, 0, 0, .4315954857, .1953413673, .09121509708};
  for (int i = 0; i < 7; ++i) EXPECT_NEAR(path[i], expected[i], 1e-9);
  EXPECT_NEAR(Blocks("2212022", "1011101", 2, 1, .18, .09), -2.82880018834, 1e-9);
}

// U7: the null closest to an alternative (RIPr) when a ratio of 1.25 is tolerated.
TEST(PublishedAnchorsTest, ClosestNullWithATolerance) {
  const double n_c = 100;
  const double n_b = 300;
  const double r = 1.25;
  double low = 1e-6;
  double high = 0.5;
  for (int i = 0; i < 200; ++i) {
    const double q = (low + high) / 2;
    const double slope = n_c * (.10 - r * q) / (q * (1 - r * q)) + n_b * (.04 - q) / (q * (1 - q));
    (slope > 0 ? low : high) = q;
  }
  EXPECT_NEAR(low, .0518794152521, 1e-12);
  EXPECT_NEAR(BernoulliRatio(9, n_c, .10, r * low) + BernoulliRatio(13, n_b, .04, low), .604513757561, 1e-9);
}

// U8: the asymptotic confidence sequence of GrowthBook.
TEST(PublishedAnchorsTest, AsymptoticConfidenceSequence) {
  const auto rho = [](double n) {
    const double l = -2 * std::log(.05);
    return std::sqrt((l + std::log(l + 1)) / n);
  };
  const auto half = [](double variance, double n, double rho) {
    const double x = n * rho * rho + 1;
    return std::sqrt(variance * 2 * x * std::log(std::sqrt(x) / .05)) / (n * rho);
  };
  const double n[] = {3000, 3461};
  const double sum[] = {1396.87, 2422.7};
  const double squares[] = {52377.9767, 134698.29};
  double mean[2];
  double variance[2];
  for (int i = 0; i < 2; ++i) {
    mean[i] = sum[i] / n[i];
    variance[i] = (squares[i] - sum[i] * sum[i] / n[i]) / (n[i] - 1);
  }
  const double difference = mean[1] / mean[0] - 1;
  const double error = std::sqrt(variance[1] / (mean[0] * mean[0] * n[1]) +
                                 variance[0] * mean[1] * mean[1] / (std::pow(mean[0], 4) * n[0]));
  EXPECT_NEAR(difference, .503361085856, 1e-9);
  EXPECT_NEAR(error, .33341221464, 1e-9);
  EXPECT_NEAR(rho(1000), .0890850975289, 1e-10);
  const double total = n[0] + n[1];
  const double width = half(error * error * total, total, rho(1000));
  EXPECT_NEAR(difference - width, -.558440505108, 1e-8);
  EXPECT_NEAR(difference + width, 1.56516267682, 1e-8);
  EXPECT_NEAR(half(4, 100, rho(50)), .612295443773, 1e-9);
}

}  // namespace
}  // namespace haldane::stats
