#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace haldane::yaml {

struct Entry;

// A YAML document as text with line numbers: nothing is guessed to be a number
// or a boolean, so that a revision such as 123e4567 stays what it is.
struct Node {
  enum class Kind { kNull, kScalar, kSequence, kMap };

  Kind kind = Kind::kNull;
  int line = 1;                // counted from 1
  std::string text;            // of a scalar
  bool quoted = false;         // the scalar was in quotes or a block, so it is text and nothing else
  std::vector<Node> items;     // of a sequence
  std::vector<Entry> entries;  // of a map, in the file's order, duplicates included
};

// One key of a map with its value.
struct Entry {
  std::string key;
  int line = 1;
  Node value;
};

// How large a document may be, and what to call it in messages.
struct Limits {
  absl::string_view document = "document";  // "plan"
  size_t bytes = 64 * 1024;
  int values = 5000;
};

// Reads one document of YAML, of which JSON is a part. The text may be hostile:
// size, depth and number of nodes are bounded, and aliases, anchors and tags
// are refused. INVALID_ARGUMENT with "FILE:LINE: what is wrong; what to do".
absl::StatusOr<Node> ReadTree(absl::string_view text, absl::string_view file_name, const Limits& limits);

}  // namespace haldane::yaml
