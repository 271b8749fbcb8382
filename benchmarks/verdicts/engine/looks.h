#pragma once

namespace haldane::benchmarks {

// At which seconds a judge that may look at any time does look.
enum class Looks {
  kEverySecond,  // as the controller does
  kThinned,      // every second to 30, every 3rd to 120, every 8th to 600, then every 20th
};

inline bool IsLook(Looks looks, int second) {
  if (looks == Looks::kEverySecond || second <= 30) return true;
  if (second <= 120) return second % 3 == 0;
  if (second <= 600) return second % 8 == 0;
  return second % 20 == 0;
}

}  // namespace haldane::benchmarks
