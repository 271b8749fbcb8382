#pragma once

#include <string>

#include "controller/http/http_message.h"

namespace haldane::controller {

// Where `make build` and packages put the web page, seen from the program that
// runs: ../share/haldane/dashboard beside its folder. Empty when it is not there.
std::string InstalledWebRoot();

// Files of a web page below one directory, with a content security policy that
// lets the page run its own scripts and nothing else. Paths without an extension
// are the page itself, so that its views have addresses, and so is everything
// below /rollouts/, whose names may have dots. Thread-safe.
class StaticFiles {
 public:
  // `root`: a directory with index.html; empty for none.
  explicit StaticFiles(std::string root) : root_(std::move(root)) {}

  // 404 for what is not a file below the root.
  HttpResponse Get(const std::string& path) const;

 private:
  const std::string root_;
};

}  // namespace haldane::controller
