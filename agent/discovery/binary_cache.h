#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "absl/strings/string_view.h"
#include "agent/discovery/binary_key.h"
#include "agent/ruby/file_identity.h"
#include "agent/ruby/interpreter.h"

namespace haldane::agent {

// Which of the files that processes map are Ruby interpreters. Reads each file
// once, as long as it does not change. Not thread-safe.
class BinaryCache {
 public:
  // The key of the interpreter that can be opened at `path`; none when the file is
  // no interpreter or is gone. `shown_path` is what people know it by.
  std::optional<BinaryKey> Examine(const std::string& path, const std::string& shown_path);

  // Null when no file with this key was examined. Valid for the cache's life.
  const Interpreter* interpreter(const BinaryKey& key) const;
  // Files that are called like an interpreter and cannot be read as one: path -> why.
  const std::map<std::string, std::string>& rejected() const { return rejected_; }

 private:
  // No key: not an interpreter.
  std::map<FileIdentity, std::optional<BinaryKey>> verdicts_;
  std::map<BinaryKey, Interpreter> interpreters_;
  std::map<std::string, std::string> rejected_;
};

}  // namespace haldane::agent
