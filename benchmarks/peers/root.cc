#include "benchmarks/peers/root.h"

#include <cmath>
#include <limits>
#include <utility>

namespace haldane::benchmarks {
namespace {

struct Point {
  double x;
  double y;
};

// The step from `best` to where a line or an inverse parabola through the
// points would be zero, if it is worth taking.
std::optional<double> InterpolatedStep(const Point& previous, const Point& best, const Point& opposite,
                                       double previous_step, double least_step) {
  if (std::abs(previous_step) < least_step || std::abs(previous.y) <= std::abs(best.y)) return std::nullopt;
  const double to_opposite = opposite.x - best.x;
  double p;
  double q;
  if (previous.x == opposite.x) {
    const double s = best.y / previous.y;
    p = to_opposite * s;
    q = 1 - s;
  } else {
    const double r = previous.y / opposite.y;
    const double s = best.y / opposite.y;
    const double t = best.y / previous.y;
    p = t * (to_opposite * r * (r - s) - (best.x - previous.x) * (s - 1));
    q = (r - 1) * (s - 1) * (t - 1);
  }
  if (p > 0) {
    q = -q;
  } else {
    p = -p;
  }
  const bool inside = p < 0.75 * to_opposite * q - std::abs(least_step * q) / 2;
  const bool shrinking = p < std::abs(previous_step * q / 2);
  if (!inside || !shrinking) return std::nullopt;
  return p / q;
}

}  // namespace

std::optional<double> FindRoot(const std::function<double(double)>& f, double a, double b, double tolerance,
                               int max_iterations) {
  Point previous{a, f(a)};
  Point best{b, f(b)};
  if (previous.y == 0) return a;
  if (best.y == 0) return b;
  if ((previous.y > 0) == (best.y > 0)) return std::nullopt;

  Point opposite = previous;
  for (int i = 0; i < max_iterations; ++i) {
    const double previous_step = best.x - previous.x;
    if (std::abs(opposite.y) < std::abs(best.y)) {
      previous = best;
      std::swap(best, opposite);
      opposite = previous;
    }
    const double least_step = 2 * std::numeric_limits<double>::epsilon() * std::abs(best.x) + tolerance / 2;
    const double half = (opposite.x - best.x) / 2;
    if (std::abs(half) <= least_step || best.y == 0) return best.x;

    double step = InterpolatedStep(previous, best, opposite, previous_step, least_step).value_or(half);
    if (std::abs(step) < least_step) step = std::copysign(least_step, step);
    previous = best;
    best.x += step;
    best.y = f(best.x);
    if ((best.y > 0) == (opposite.y > 0)) opposite = previous;
  }
  return std::nullopt;
}

}  // namespace haldane::benchmarks
