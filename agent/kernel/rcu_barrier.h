#pragma once

#include "absl/status/statusor.h"
#include "base/unique_fd.h"

namespace haldane::agent {

// Waits until every BPF program that is running now has ended. What a program
// may still be writing to can be reused after that.
class RcuBarrier {
 public:
  static absl::StatusOr<RcuBarrier> Create();

  // Returns after some ten milliseconds, whatever the load.
  absl::Status Wait() const;

 private:
  RcuBarrier(UniqueFd inner, UniqueFd outer) : inner_(std::move(inner)), outer_(std::move(outer)) {}

  // An update of a map of maps returns only when no program can see the value
  // before: this is the only such wait that the kernel offers for BPF.
  UniqueFd inner_;
  UniqueFd outer_;
};

}  // namespace haldane::agent
