#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/probe/group_base.h"
#include "agent/probe/probed_binary.h"
#include "agent/ruby/elf_image.h"

namespace haldane::agent {

// A group of probes inside interpreters: the same in every binary, as far as it
// has the places. Not thread-safe.
class InterpreterGroup : public GroupBase {
 public:
  // Where a binary is probed; an error says why it cannot be, for people.
  using Resolver = std::function<absl::StatusOr<std::vector<ProgramPoints>>(const ElfImage&)>;

  // `begin` is called before anything is attached; may be null.
  InterpreterGroup(absl::string_view name, std::vector<absl::string_view> signals,
                   std::vector<bpf_program*> programs, Resolver resolver, std::function<void()> begin);

  // Takes in a binary, under the caller's name for it; `file` outlives the group
  // or Forget, and then what that gives up. What fails is a gap.
  void Add(const std::string& binary, const ProbedBinary* file);
  PlacedProbes Forget(const std::string& binary);

 protected:
  absl::Status Place() override;
  PlacedProbes Release() override;
  bool InPlace() const override;

 private:
  struct Binary {
    const ProbedBinary* file;
    absl::StatusOr<std::vector<ProgramPoints>> points;
    std::optional<PlacedProbes> placed;
  };

  const Resolver resolver_;
  const std::function<void()> begin_;
  std::map<std::string, Binary> binaries_;
};

}  // namespace haldane::agent
