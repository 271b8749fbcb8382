#include "agent/raise_check.h"

#include "absl/strings/str_cat.h"

namespace haldane::agent {

RaiseCheck::Finding RaiseCheck::Observe(const BinaryKey& binary, const ProcessReading& reading) {
  State& state = binaries_[binary];
  if (state.fires || !state.silence.empty()) return Finding::kNone;
  const uint64_t witnesses = reading.raise_witnesses;
  if (witnesses >= kEnough && reading.exceptions < witnesses / kWitnessesPerException) {
    state.silence =
        absl::StrCat("process ", reading.pid, " passed ", witnesses,
                     " calls that raise, but the probe counted ", reading.exceptions, " exceptions");
    return Finding::kSilent;
  }
  if (reading.exceptions < kEnough) return Finding::kNone;
  state.fires = true;
  return Finding::kFires;
}

bool RaiseCheck::Observe(const BinaryKey& binary, const absl::Status& breakpoints) {
  State& state = binaries_[binary];
  if (!absl::IsFailedPrecondition(breakpoints) || !state.silence.empty()) return false;
  state.silence = std::string(breakpoints.message());
  return true;
}

void RaiseCheck::ForgetAllBut(const std::set<BinaryKey>& used) {
  for (auto it = binaries_.begin(); it != binaries_.end();) {
    it = used.count(it->first) > 0 ? std::next(it) : binaries_.erase(it);
  }
}

std::optional<std::string> RaiseCheck::silence() const {
  for (const auto& [binary, state] : binaries_) {
    if (!state.silence.empty()) return state.silence;
  }
  return std::nullopt;
}

}  // namespace haldane::agent
