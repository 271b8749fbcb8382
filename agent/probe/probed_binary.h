#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/kernel/link.h"
#include "agent/kernel/mapped_page.h"
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

// What holds probes in place: first the links are destroyed, then the pages let
// go, which are kept in memory because a breakpoint is put into every new mapping
// of the binary, where reading the page from disk is a risk.
struct PlacedProbes {
  std::vector<MappedPage> pages;
  std::vector<Link> links;
};

// Attaches the programs to all their points in this order, or to none.
absl::StatusOr<PlacedProbes> PlaceProbes(const std::string& path, const std::vector<ProgramPoints>& programs);

}  // namespace haldane::agent
