#include "controller/metrics/metrics_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <exception>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/unique_fd.h"
#include "prometheus/exposer.h"
#include "prometheus/registry.h"
#include "rpc/credentials.h"

namespace haldane::controller {
namespace {

void ConnectOnce(int port) {
  const UniqueFd connection(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  (void)!connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(
    const std::string& address, const std::shared_ptr<prometheus::Registry>& registry) {
  if (!IsLoopback(address)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "--metrics ", address, " is not a loopback address; metrics are served in the clear, so only there"));
  }
  try {
    auto exposer = std::make_unique<prometheus::Exposer>(address);
    exposer->RegisterCollectable(registry);
    return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(exposer)));
  } catch (const std::exception& error) {
    return absl::UnavailableError(absl::StrCat("cannot serve metrics on ", address, " (", error.what(),
                                               "); it must be HOST:PORT, not in use by another process"));
  }
}

MetricsServer::MetricsServer(std::unique_ptr<prometheus::Exposer> exposer)
    : exposer_(std::move(exposer)), port_(exposer_->GetListeningPorts().at(0)) {}

MetricsServer::~MetricsServer() {
  // The web server looks whether it shall stop every two seconds, or when
  // somebody connects.
  std::atomic<bool> stopped = false;
  std::thread stop([&] {
    exposer_.reset();
    stopped = true;
  });
  while (!stopped) {
    ConnectOnce(port_);
    absl::SleepFor(absl::Milliseconds(10));
  }
  stop.join();
}

}  // namespace haldane::controller
