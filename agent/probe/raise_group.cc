#include "agent/probe/raise_group.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "bpf/haldane.skel.h"

namespace haldane::agent {

RaiseGroup::RaiseGroup(haldane_bpf* programs)
    : GroupBase("exceptions", {"ruby.exceptions", "ruby.exceptions.new_class"},
                {programs->progs.raise_multi, programs->progs.raise_single, programs->progs.raise_total,
                 programs->progs.witness_multi, programs->progs.witness_single}),
      programs_(programs) {}

absl::Status RaiseGroup::Add(const std::string& binary, const std::string& path, const RaiseProbe& probe) {
  if (binaries_.count(binary) > 0) return absl::OkStatus();
  std::optional<RaiseAttachment> attachment;
  if (is_on()) {
    ASSIGN_OR_RETURN(attachment, AttachRaisePoints(programs_, path, probe));
  }
  ASSIGN_OR_RETURN(ProbedBinary file, ProbedBinary::Open(path));
  binaries_.emplace(binary, Binary{std::move(file), probe, std::move(attachment)});
  return absl::OkStatus();
}

PlacedProbes RaiseGroup::Forget(const std::string& binary) {
  const auto known = binaries_.find(binary);
  if (known == binaries_.end()) return {};
  PlacedProbes placed = Release(&known->second);
  binaries_.erase(known);
  return placed;
}

void RaiseGroup::ForgetWitnesses(const std::string& binary) {
  const auto known = binaries_.find(binary);
  if (known == binaries_.end()) return;
  known->second.probe.witnesses.clear();
  if (known->second.attachment) known->second.attachment->witnesses.Detach();
}

absl::Status RaiseGroup::Place() {
  absl::Status failure;
  for (auto& [name, binary] : binaries_) {
    if (binary.attachment) continue;
    absl::StatusOr<RaiseAttachment> attachment =
        AttachRaisePoints(programs_, binary.file.path(), binary.probe);
    failure.Update(attachment.status());
    if (attachment.ok()) binary.attachment = *std::move(attachment);
  }
  return failure;
}

PlacedProbes RaiseGroup::Release() {
  PlacedProbes placed;
  for (auto& [name, binary] : binaries_) placed.Add(Release(&binary));
  return placed;
}

PlacedProbes RaiseGroup::Release(Binary* binary) {
  PlacedProbes placed;
  if (!binary->attachment) return placed;
  placed.Add(std::move(binary->attachment->raise));
  placed.Add(std::move(binary->attachment->witnesses));
  binary->attachment.reset();
  return placed;
}

bool RaiseGroup::InPlace() const {
  return std::any_of(binaries_.begin(), binaries_.end(),
                     [](const auto& binary) { return binary.second.attachment.has_value(); });
}

}  // namespace haldane::agent
