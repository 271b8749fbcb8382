#pragma once

#include <functional>
#include <optional>

namespace haldane::benchmarks {

// A zero of f between a and b by the Dekker-Brent method (R. P. Brent,
// Algorithms for Minimization without Derivatives, 1973, chapter 4): inverse
// quadratic interpolation or a secant where that stays inside the bracket and
// shrinks it, bisection where not.
//
// Stops when half the bracket is at most 2 eps |b| + tolerance/2. On the step
// functions of rank statistics, which seldom have a zero, *where* it stops
// depends on this rule; a peer's answers are only reproduced with the same one.
// Nothing when f(a) and f(b) have the same sign or the iterations run out.
std::optional<double> FindRoot(const std::function<double(double)>& f, double a, double b, double tolerance,
                               int max_iterations);

}  // namespace haldane::benchmarks
