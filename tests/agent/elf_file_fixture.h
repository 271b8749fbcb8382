#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace haldane::agent {

// A folder that is removed, with all it holds, with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string Path(const std::string& name) const { return path_ + "/" + name; }
  // Writes a file there, replacing one of that name, and returns its path.
  std::string Write(const std::string& name, absl::string_view content) const;

 private:
  std::string path_;
};

std::string ReadWholeFile(const std::string& path);

// Runs a shell command that must succeed.
void MustRun(const std::string& command);

}  // namespace haldane::agent
