#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "controller/auth/peer_identity.h"
#include "controller/http/http_message.h"
#include "controller/http/rate_limit.h"

struct mg_connection;
struct mg_context;

namespace haldane::controller {

// An HTTP/1.1 server (civetweb): a thread per connection, of which it has a
// fixed number. Bounded requests only: header 16 KiB, body 1 MiB, a rate per
// client address. Thread-safe.
class HttpServer {
 public:
  // Called by many threads at once; may block.
  using Handler = std::function<HttpAnswer(const HttpRequest&, HttpStream&)>;

  static constexpr int kThreads = 320;

  // Listens on `address`, HOST:PORT with an IPv4 host or localhost; port 0 takes
  // any. In the clear, and so on loopback only (this library's TLS does not work
  // with OpenSSL 3): FAILED_PRECONDITION elsewhere. INVALID_ARGUMENT when it is no
  // such address, UNAVAILABLE when it cannot be had.
  // `refusals` hears of requests that are too large or too many; null: nobody.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const std::string& address, Handler handler,
                                                           RefusalLog* refusals);
  // Stops as Stop() does.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const { return port_; }
  // Returns when no handler runs any more; streams must have been told to end.
  void Stop();

 private:
  HttpServer(Handler handler, RefusalLog* refusals) : handler_(std::move(handler)), refusals_(refusals) {}
  int Handle(mg_connection* connection);
  HttpResponse Refuse(const HttpRequest& request, int status, const char* title, const absl::Status& why);

  const Handler handler_;
  RefusalLog* const refusals_;
  mg_context* context_ = nullptr;
  int port_ = 0;
  RateLimit rate_;
};

}  // namespace haldane::controller
