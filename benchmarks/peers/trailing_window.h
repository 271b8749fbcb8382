#pragma once

#include <cstddef>
#include <deque>

#include "benchmarks/peers/judge.h"

namespace haldane::benchmarks {

// Both cohorts' events and exposure over the last `length` seconds, as a
// metrics backend answers a query with a range.
class TrailingWindow {
 public:
  explicit TrailingWindow(int length) : length_(static_cast<std::size_t>(length)) {}

  void Add(const Second& second) {
    seconds_.push_back({Total(second.canary), Total(second.baseline)});
    if (seconds_.size() > length_) seconds_.pop_front();
  }

  HostSecond canary() const { return Sum(&Pair::canary); }
  HostSecond baseline() const { return Sum(&Pair::baseline); }

 private:
  struct Pair {
    HostSecond canary;
    HostSecond baseline;
  };

  HostSecond Sum(HostSecond Pair::*cohort) const {
    HostSecond sum;
    for (const Pair& pair : seconds_) {
      sum.events += (pair.*cohort).events;
      sum.exposure += (pair.*cohort).exposure;
    }
    return sum;
  }

  std::size_t length_;
  std::deque<Pair> seconds_;
};

}  // namespace haldane::benchmarks
