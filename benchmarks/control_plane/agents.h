#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace haldane::benchmarks {

// What the agents of one measurement heard.
struct Heard {
  uint64_t reports = 0;         // due; one that could not be sent is not acknowledged
  uint64_t acknowledged = 0;    // of them
  double slowest_seconds = 0;   // between a report and its acknowledgement, the 99th percentile
  uint64_t streams_broken = 0;  // ended by the server
};

// Simulated agents of hosts with two processes each, over real gRPC streams, one
// report a second each, spread over the second.
class Agents {
 public:
  // `services`: hosts are dealt to svc-0, svc-1, ...; the first half of each
  // has the revision "new", the others "old".
  Agents(const std::string& address, int hosts, int services);
  ~Agents();

  // Lets this many seconds pass and reports in each.
  Heard Run(int seconds);

 private:
  struct Agent;
  std::vector<std::unique_ptr<Agent>> agents_;
};

}  // namespace haldane::benchmarks
