#pragma once

namespace haldane::benchmarks {

// One metric of an Argo Rollouts analysis: counts measurements by outcome and
// says in which phase that puts it.
//   Source: Argo Rollouts' analysis documentation and behaviour as of 2026-08.
class ArgoMetric {
 public:
  struct Limits {
    int count = 0;               // measurements that end the metric; 0 for no end
    int failure_limit = 0;       // failures allowed, in total; -1 for any number
    int inconclusive_limit = 0;  // inconclusive ones allowed
    int consecutive_error_limit = 4;
    int consecutive_success_limit = 0;  // successes in a row that end it; 0 for off
  };
  enum class Outcome { kSuccessful, kFailed, kInconclusive, kError };
  enum class Phase { kRunning, kSuccessful, kFailed, kInconclusive, kError };

  explicit ArgoMetric(const Limits& limits) : limits_(limits) {}

  // The outcome of a value under the two conditions a metric may have; failure
  // is asked first, and a metric with one condition takes the other to be its
  // negation.
  static Outcome Judge(bool success_condition, bool failure_condition) {
    if (failure_condition) return Outcome::kFailed;
    return success_condition ? Outcome::kSuccessful : Outcome::kInconclusive;
  }

  // Adds a measurement and returns the phase after it.
  Phase Measure(Outcome outcome);

  // The phase when the analysis is told to end now. Without a single
  // measurement that is success.
  Phase Terminate() const;

 private:
  Phase Assess() const;

  Limits limits_;
  int count_ = 0;  // errors are not counted
  int failed_ = 0;
  int inconclusive_ = 0;
  int consecutive_error_ = 0;
  int consecutive_success_ = 0;
};

}  // namespace haldane::benchmarks
