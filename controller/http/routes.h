#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace haldane::controller {

// One way into a gRPC method. Path parts in braces and query parameters are
// fields of its request, by name; the body, of POST alone, is the rest of it.
struct Route {
  const char* method;  // "GET" or "POST"
  const char* path;    // "/v1/rollouts/{rollout}"
  const char* rpc;     // "haldane.v1.Rollouts.Get"
};

// All routes of services, in the order of the documentation.
const std::vector<Route>& Routes();

// The route of a request, and what its path says.
struct Match {
  const Route* route = nullptr;  // nullptr: none
  bool path_known = false;       // there is another method for this path
  std::map<std::string, std::string> fields;
};
Match FindRoute(absl::string_view method, absl::string_view path);

}  // namespace haldane::controller
