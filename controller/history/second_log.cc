#include "controller/history/second_log.h"

#include <algorithm>

namespace haldane::controller {
namespace {

constexpr int64_t kBlockSeconds = 20;
constexpr uint32_t kAgeStep = 15;
constexpr uint32_t kOldest = 3600;

void PutNumber(uint64_t value, std::string* out) {
  for (; value >= 0x80; value >>= 7) out->push_back(static_cast<char>(value | 0x80));
  out->push_back(static_cast<char>(value));
}

uint64_t TakeNumber(const std::string& in, size_t* at) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<uint8_t>(in[(*at)++]);
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
}

}  // namespace

// A record: second within the block, age in steps, time, a bit for every total
// that is not zero, then those.
void SecondLog::Append(const LoggedSecond& second) {
  if (blocks_.empty() || second.second >= blocks_.back().start + kBlockSeconds) {
    if (!blocks_.empty()) blocks_.back().records.shrink_to_fit();
    blocks_.push_back({.start = second.second});
  }
  std::string& out = blocks_.back().records;
  PutNumber(static_cast<uint64_t>(second.second - blocks_.back().start), &out);
  PutNumber(std::min(second.youngest_s, kOldest) / kAgeStep, &out);
  PutNumber(second.process_ms, &out);
  uint64_t present = 0;
  for (size_t i = 0; i < second.sums.size(); ++i) present |= uint64_t{second.sums[i] != 0} << i;
  PutNumber(present, &out);
  for (const uint64_t total : second.sums) {
    if (total != 0) PutNumber(total, &out);
  }
  last_ = second.second;
}

void SecondLog::Visit(int64_t first, absl::FunctionRef<void(const LoggedSecond&)> visit) const {
  for (const Block& block : blocks_) {
    if (block.start + kBlockSeconds <= first) continue;
    for (size_t at = 0; at < block.records.size();) {
      LoggedSecond second;
      second.second = block.start + static_cast<int64_t>(TakeNumber(block.records, &at));
      second.youngest_s = static_cast<uint32_t>(TakeNumber(block.records, &at)) * kAgeStep;
      second.process_ms = TakeNumber(block.records, &at);
      const uint64_t present = TakeNumber(block.records, &at);
      for (size_t i = 0; i < second.sums.size(); ++i) {
        if ((present >> i & 1) != 0) second.sums[i] = TakeNumber(block.records, &at);
      }
      if (second.second >= first) visit(second);
    }
  }
}

void SecondLog::Forget(int64_t now) {
  const auto kept = std::find_if(blocks_.begin(), blocks_.end(), [now](const Block& block) {
    return block.start + kBlockSeconds > now - kSeconds;
  });
  blocks_.erase(blocks_.begin(), kept);
}

void SecondLog::ForgetOldest() {
  if (blocks_.size() > 1) blocks_.erase(blocks_.begin());
}

size_t SecondLog::bytes() const {
  size_t sum = sizeof(*this) + blocks_.capacity() * sizeof(Block);
  for (const Block& block : blocks_) sum += block.records.capacity();
  return sum;
}

}  // namespace haldane::controller
