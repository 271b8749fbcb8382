#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace prometheus {
class Exposer;
class Registry;
}  // namespace prometheus

namespace haldane::controller {

// Serves a registry as http://ADDRESS/metrics, in the clear and therefore on
// loopback only.
class MetricsServer {
 public:
  // `address` is HOST:PORT; port 0 takes any. FAILED_PRECONDITION when it is
  // not loopback, UNAVAILABLE when it cannot be had.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(
      const std::string& address, const std::shared_ptr<prometheus::Registry>& registry);
  ~MetricsServer();

  int port() const { return port_; }

 private:
  explicit MetricsServer(std::unique_ptr<prometheus::Exposer> exposer);

  std::unique_ptr<prometheus::Exposer> exposer_;
  int port_ = 0;
};

}  // namespace haldane::controller
