#include "agent/gaps.h"

namespace haldane::agent {
namespace {

// The controller takes 512 bytes.
constexpr size_t kMaxDetail = 480;

}  // namespace

void Gaps::Add(absl::string_view signal, haldane::v1::SignalGap::Cause cause, absl::string_view detail) {
  const auto [it, is_first] = gaps_.try_emplace(std::string(signal));
  if (!is_first) return;
  it->second.set_signal(it->first);
  it->second.set_cause(cause);
  it->second.set_detail(std::string(detail.substr(0, kMaxDetail)));
}

std::vector<haldane::v1::SignalGap> Gaps::List() const {
  std::vector<haldane::v1::SignalGap> list;
  for (const auto& [signal, gap] : gaps_) list.push_back(gap);
  return list;
}

}  // namespace haldane::agent
