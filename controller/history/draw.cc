#include "controller/history/draw.h"

#include <random>
#include <utility>

namespace haldane::controller {

uint64_t NumberOf(absl::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash ^= static_cast<uint8_t>(c);
    hash *= 0x100000001b3;
  }
  // Texts that differ in their last character only would be neighbours.
  hash ^= hash >> 32;
  hash *= 0x9e3779b97f4a7c15;
  return hash ^ hash >> 29;
}

void Shuffle(uint64_t seed, std::vector<std::string>* things) {
  std::mt19937_64 random(seed);
  // std::shuffle may differ between libraries.
  for (size_t i = things->size(); i > 1; --i) std::swap((*things)[i - 1], (*things)[random() % i]);
}

}  // namespace haldane::controller
