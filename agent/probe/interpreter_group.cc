#include "agent/probe/interpreter_group.h"

#include <algorithm>
#include <utility>

namespace haldane::agent {

InterpreterGroup::InterpreterGroup(absl::string_view name, std::vector<absl::string_view> signals,
                                   std::vector<bpf_program*> programs, Resolver resolver,
                                   std::function<void()> begin)
    : GroupBase(name, std::move(signals), std::move(programs)),
      resolver_(std::move(resolver)),
      begin_(std::move(begin)) {}

void InterpreterGroup::Add(const std::string& binary, const ProbedBinary* file) {
  if (binaries_.count(binary) > 0) return;
  const absl::StatusOr<ElfImage> image = ElfImage::Open(file->path());
  binaries_.emplace(binary, Binary{.file = file,
                                   .points = image.ok() ? resolver_(*image) : image.status(),
                                   .placed = std::nullopt});
  if (is_on() && is_active()) (void)TryToPlace();  // a failure is a gap
}

PlacedProbes InterpreterGroup::Forget(const std::string& binary) {
  PlacedProbes placed;
  const auto known = binaries_.find(binary);
  if (known == binaries_.end()) return placed;
  if (known->second.placed) placed = *std::move(known->second.placed);
  binaries_.erase(known);
  if (is_on() && is_active()) (void)TryToPlace();
  return placed;
}

absl::Status InterpreterGroup::Place() {
  absl::Status failure;
  for (auto& [name, binary] : binaries_) {
    if (binary.placed) continue;
    if (!binary.points.ok()) {
      failure.Update(binary.points.status());
      continue;
    }
    if (!InPlace() && begin_) begin_();
    absl::StatusOr<PlacedProbes> placed = PlaceProbes(binary.file->path(), *binary.points);
    failure.Update(placed.status());
    if (placed.ok()) binary.placed = *std::move(placed);
  }
  return failure;
}

PlacedProbes InterpreterGroup::Release() {
  PlacedProbes placed;
  for (auto& [name, binary] : binaries_) {
    if (binary.placed) placed.Add(*std::move(binary.placed));
    binary.placed.reset();
  }
  return placed;
}

bool InterpreterGroup::InPlace() const {
  return std::any_of(binaries_.begin(), binaries_.end(),
                     [](const auto& binary) { return binary.second.placed.has_value(); });
}

}  // namespace haldane::agent
