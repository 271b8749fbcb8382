#include "controller/http/http_server.h"

#include <arpa/inet.h>
#include <civetweb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"
#include "controller/http/problem.h"
#include "rpc/credentials.h"

namespace haldane::controller {
namespace {

constexpr size_t kMostBodyBytes = 1 << 20;

absl::string_view ReasonOf(int status) { return status < 400 ? "OK" : "Error"; }

std::string Head(int status, absl::string_view content_type,
                 const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string head =
      absl::StrCat("HTTP/1.1 ", status, " ", ReasonOf(status), "\r\nContent-Type: ", content_type,
                   "\r\nX-Content-Type-Options: nosniff\r\n");
  for (const auto& [name, value] : headers) absl::StrAppend(&head, name, ": ", value, "\r\n");
  return head;
}

class ConnectionStream final : public HttpStream {
 public:
  explicit ConnectionStream(mg_connection* connection) : connection_(connection) {}
  void Begin(absl::string_view content_type,
             const std::vector<std::pair<std::string, std::string>>& headers) override {
    Write(absl::StrCat(Head(200, content_type, headers), "Connection: close\r\n\r\n"));
  }
  bool Write(absl::string_view bytes) override {
    return mg_write(connection_, bytes.data(), bytes.size()) == static_cast<int>(bytes.size());
  }

 private:
  mg_connection* const connection_;
};

std::string Decode(absl::string_view text) {
  std::string out(text.size() + 1, '\0');
  const int size = mg_url_decode(text.data(), static_cast<int>(text.size()), out.data(),
                                 static_cast<int>(out.size()), /*is_form_url_encoded=*/1);
  out.resize(size < 0 ? 0 : static_cast<size_t>(size));
  return out;
}

std::map<std::string, std::string> ParseQuery(const char* query) {
  std::map<std::string, std::string> parsed;
  if (query == nullptr) return parsed;
  for (const absl::string_view part : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    parsed.emplace(Decode(pair.first), Decode(pair.second));
  }
  return parsed;
}

// False when the body is too long.
bool ReadBody(mg_connection* connection, std::string* body) {
  char buffer[16384];
  for (;;) {
    const int count = mg_read(connection, buffer, sizeof(buffer));
    if (count <= 0) return true;
    body->append(buffer, static_cast<size_t>(count));
    if (body->size() > kMostBodyBytes) return false;
  }
}

HttpRequest RequestOf(const mg_request_info& info) {
  HttpRequest request;
  request.method = info.request_method;
  request.path = info.local_uri == nullptr ? "" : info.local_uri;
  request.query = ParseQuery(info.query_string);
  for (int i = 0; i < info.num_headers; ++i) {
    request.headers.emplace(absl::AsciiStrToLower(info.http_headers[i].name), info.http_headers[i].value);
  }
  request.address = info.remote_addr;
  return request;
}

void Send(mg_connection* connection, const HttpResponse& response, bool head_only) {
  const std::string head = absl::StrCat(Head(response.status, response.content_type, response.headers),
                                        "Content-Length: ", response.body.size(), "\r\n\r\n");
  mg_write(connection, head.data(), head.size());
  if (!head_only) mg_write(connection, response.body.data(), response.body.size());
}

void KnockAt(int port) {
  const UniqueFd connection(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  (void)!connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

absl::StatusOr<std::string> ListeningPorts(absl::string_view address) {
  const size_t colon = address.rfind(':');
  int port = -1;
  if (colon == address.npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 0 ||
      port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("--http ", JsonQuote(address), " is not HOST:PORT, such as 127.0.0.1:7461"));
  }
  std::string host(address.substr(0, colon));
  if (host == "localhost") host = "127.0.0.1";
  in_addr quad;
  if (inet_pton(AF_INET, host.c_str(), &quad) != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("--http ", JsonQuote(address), ": the host must be an IPv4 address or localhost"));
  }
  return absl::StrCat(host, ":", port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const std::string& address, Handler handler,
                                                              RefusalLog* refusals) {
  if (!IsLoopback(address)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "--http ", address,
        " is not a loopback address; HTTP is served in the clear, so only there: put a proxy with TLS in "
        "front of it, on this machine"));
  }
  ASSIGN_OR_RETURN(const std::string ports, ListeningPorts(address));
  std::unique_ptr<HttpServer> server(new HttpServer(std::move(handler), refusals));
  mg_init_library(0);
  const std::string threads = absl::StrCat(kThreads);
  const char* options[] = {"listening_ports",
                           ports.c_str(),
                           "num_threads",
                           threads.c_str(),
                           "enable_keep_alive",
                           "yes",
                           "keep_alive_timeout_ms",
                           "5000",
                           "request_timeout_ms",
                           "20000",
                           "max_request_size",
                           "16384",
                           "enable_directory_listing",
                           "no",
                           "tcp_nodelay",
                           "1",
                           nullptr};
  mg_callbacks callbacks = {};
  callbacks.begin_request = [](mg_connection* connection) {
    const mg_request_info* info = mg_get_request_info(connection);
    return static_cast<HttpServer*>(info->user_data)->Handle(connection);
  };
  callbacks.log_message = [](const mg_connection*, const char* message) {
    LogWarning("http", {{"message", message}});
    return 1;
  };
  server->context_ = mg_start(&callbacks, server.get(), options);
  if (server->context_ == nullptr) {
    mg_exit_library();
    return absl::UnavailableError(
        absl::StrCat("cannot listen on --http ", address, "; it must not be in use by another process"));
  }
  mg_server_port bound[1] = {};
  if (mg_get_server_ports(server->context_, 1, bound) > 0) server->port_ = bound[0].port;
  return server;
}

HttpServer::~HttpServer() { Stop(); }

void HttpServer::Stop() {
  if (context_ == nullptr) return;
  // Its threads look whether they shall stop every two seconds, or when
  // somebody connects.
  std::atomic<bool> stopped = false;
  std::thread stop([this, &stopped] {
    mg_stop(context_);
    stopped = true;
  });
  while (!stopped) {
    KnockAt(port_);
    absl::SleepFor(absl::Milliseconds(10));
  }
  stop.join();
  context_ = nullptr;
  mg_exit_library();
}

// Who it says that it is has not been looked at yet: its address is what is known.
HttpResponse HttpServer::Refuse(const HttpRequest& request, int status, const char* title,
                                const absl::Status& why) {
  if (refusals_ != nullptr) refusals_->Refused(request.address, "HTTP", why);
  return Problem(status, title, std::string(why.message()));
}

int HttpServer::Handle(mg_connection* connection) {
  HttpRequest request = RequestOf(*mg_get_request_info(connection));
  const bool head_only = request.method == "HEAD";
  if (head_only) request.method = "GET";
  HttpAnswer answer;
  if (!rate_.Allows(request.address, absl::Now())) {
    answer = Refuse(request, 429, "Too many requests",
                    absl::ResourceExhaustedError("this address calls too often; slow down"));
  } else if (!ReadBody(connection, &request.body)) {
    mg_disable_connection_keep_alive(connection);
    answer = Refuse(request, 413, "Too large",
                    absl::OutOfRangeError(absl::StrCat("a request has at most ", kMostBodyBytes, " bytes")));
  } else {
    ConnectionStream stream(connection);
    answer = handler_(request, stream);
  }
  if (!answer) {
    mg_disable_connection_keep_alive(connection);
    return 200;
  }
  Send(connection, *answer, head_only);
  return answer->status;
}

}  // namespace haldane::controller
