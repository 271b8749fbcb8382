#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/probe/placed_probes.h"
#include "agent/ruby/probe_point.h"
#include "base/unique_fd.h"

struct bpf_program;

namespace haldane::agent {

// An interpreter binary, held open: probes can be put into this very file again
// and again, whatever becomes of its name.
class ProbedBinary {
 public:
  static absl::StatusOr<ProbedBinary> Open(const std::string& path);

  // Opens the file itself.
  const std::string& path() const { return path_; }
  uint64_t inode() const { return inode_; }

 private:
  ProbedBinary(UniqueFd file, uint64_t inode);

  UniqueFd file_;
  std::string path_;
  uint64_t inode_;
};

// Points of one program, which exists twice: for one link for all points, and for
// kernels that need one for each.
struct ProgramPoints {
  bpf_program* together = nullptr;
  bpf_program* one_by_one = nullptr;
  std::vector<ProbePoint> points;
};

// Attaches the programs to all their points in this order, or to none.
absl::StatusOr<PlacedProbes> PlaceProbes(const std::string& path, const std::vector<ProgramPoints>& programs);

}  // namespace haldane::agent
