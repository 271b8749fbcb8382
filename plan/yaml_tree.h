#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace haldane::plan {

struct YamlEntry;

// A YAML document as text with line numbers: nothing is guessed to be a number
// or a boolean, so that a revision such as 123e4567 stays what it is.
struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };

  Kind kind = Kind::kNull;
  int line = 1;                    // counted from 1
  std::string text;                // of a scalar
  bool quoted = false;             // the scalar was in quotes or a block, so it is text and nothing else
  std::vector<YamlNode> items;     // of a sequence
  std::vector<YamlEntry> entries;  // of a map, in the file's order, duplicates included
};

// One key of a map with its value.
struct YamlEntry {
  std::string key;
  int line = 1;
  YamlNode value;
};

// Reads one document of YAML, of which JSON is a part. The text may be hostile:
// size, depth and number of nodes are bounded, and aliases, anchors and tags
// are refused. INVALID_ARGUMENT with "FILE:LINE: what is wrong; what to do".
absl::StatusOr<YamlNode> ReadYaml(absl::string_view text, absl::string_view file_name);

}  // namespace haldane::plan
