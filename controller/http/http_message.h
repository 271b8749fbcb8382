#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace haldane::controller {

// What an HTTP client asks.
struct HttpRequest {
  std::string method;                          // "GET"
  std::string path;                            // decoded, without dot segments: "/v1/rollouts/web-42"
  std::map<std::string, std::string> query;    // decoded; of repeated names the first
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::string address;  // of the client's end of the connection

  // A header's value; empty when it is missing.
  absl::string_view Header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? absl::string_view() : absl::string_view(found->second);
  }
  absl::string_view Query(const std::string& name) const {
    const auto found = query.find(name);
    return found == query.end() ? absl::string_view() : absl::string_view(found->second);
  }
};

// What it is answered.
struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // besides type and length
};

// An answer without an end, event by event. Blocks; one thread.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  // Status 200 and headers. Once, before any Write.
  virtual void Begin(absl::string_view content_type,
                     const std::vector<std::pair<std::string, std::string>>& headers) = 0;
  // False when the client has gone.
  virtual bool Write(absl::string_view bytes) = 0;
};

// The handler's answer: a response, or nothing when it has streamed.
using HttpAnswer = std::optional<HttpResponse>;

}  // namespace haldane::controller
