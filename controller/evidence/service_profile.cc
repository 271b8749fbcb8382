#include "controller/evidence/service_profile.h"

#include <algorithm>
#include <cmath>

namespace haldane::controller {
namespace {

// Copies when the sizes agree and every number is finite and not negative.
template <size_t N>
bool CopyNumbers(const google::protobuf::RepeatedField<double>& from, std::array<double, N>* to) {
  if (static_cast<size_t>(from.size()) != N) return false;
  if (!std::all_of(from.begin(), from.end(), [](double x) { return std::isfinite(x) && x >= 0; }))
    return false;
  std::copy(from.begin(), from.end(), to->begin());
  return true;
}

}  // namespace

const haldane::v1::SignalProfile* FindProfile(absl::string_view signal, const haldane::v1::Profile* profile) {
  if (profile == nullptr) return nullptr;
  for (const haldane::v1::SignalProfile& entry : profile->signals()) {
    if (entry.signal() == signal) return &entry;
  }
  return nullptr;
}

std::optional<stats::SignalProfile> ProfileOf(absl::string_view signal, const haldane::v1::Profile* profile) {
  const haldane::v1::SignalProfile* entry = FindProfile(signal, profile);
  if (entry == nullptr) return std::nullopt;
  stats::SignalProfile learned;
  if (!CopyNumbers(entry->spread_weights(), &learned.spreads) ||
      !CopyNumbers(entry->dispersion(), &learned.dispersion)) {
    return std::nullopt;
  }
  if (!CopyNumbers(entry->raw_dispersion(), &learned.raw_dispersion)) {
    learned.raw_dispersion = learned.dispersion;
  }
  learned.caution = stats::AdvisedCaution(static_cast<int>(entry->windows()), entry->incidents() > 0);
  return learned;
}

haldane::v1::EvidenceBasis BasisOf(absl::string_view signal, const haldane::v1::Profile* profile) {
  return ProfileOf(signal, profile) ? haldane::v1::EVIDENCE_BASIS_PROFILE : haldane::v1::EVIDENCE_BASIS_COLD;
}

}  // namespace haldane::controller
