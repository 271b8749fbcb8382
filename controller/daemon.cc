#include "controller/daemon.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/build_info.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "controller/store/sqlite_event_store.h"
#include "prometheus/exposer.h"

namespace haldane::controller {
namespace {

constexpr absl::Duration kTick = absl::Seconds(1);

}  // namespace

Daemon::Daemon() = default;

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const DaemonOptions& options) {
  std::unique_ptr<Daemon> daemon(new Daemon());
  ASSIGN_OR_RETURN(daemon->store_, SqliteEventStore::Open(options.database));
  daemon->controller_ = std::make_unique<Controller>(Clock::Real(), *daemon->store_, daemon->metrics_);
  RETURN_IF_ERROR(daemon->controller_->Load());
  if (!options.metrics.empty()) RETURN_IF_ERROR(daemon->ServeMetrics(options.metrics));
  ASSIGN_OR_RETURN(daemon->server_, Server::Start(options.listen, options.tls, &daemon->loop_,
                                                  daemon->controller_.get(), &daemon->metrics_));
  daemon->next_tick_ = Clock::Real().Monotonic();
  daemon->loop_.Post([daemon = daemon.get()] { daemon->TickForEver(); });

  const std::string host = options.listen.substr(0, options.listen.rfind(':'));
  LogInfo("listening",
          {{"address", daemon->port() == 0 ? options.listen : absl::StrCat(host, ":", daemon->port())},
           {"port", daemon->port()},
           {"tls", options.tls.empty() ? "no" : "yes"},
           {"database", options.database},
           {"metrics_port", daemon->metrics_port_},
           {"version", kVersion}});
  return daemon;
}

Daemon::~Daemon() {
  exposer_.reset();
  if (server_ != nullptr) server_->Stop();
  loop_.Stop();
}

absl::Status Daemon::ServeMetrics(const std::string& address) {
  if (!IsLoopback(address)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "--metrics ", address, " is not a loopback address; metrics are served in the clear, so only there"));
  }
  try {
    exposer_ = std::make_unique<prometheus::Exposer>(address);
    exposer_->RegisterCollectable(metrics_.registry());
    metrics_port_ = exposer_->GetListeningPorts().at(0);
  } catch (const std::exception& error) {
    return absl::UnavailableError(absl::StrCat("cannot serve metrics on ", address, " (", error.what(),
                                               "); it must be HOST:PORT, not in use by another process"));
  }
  return absl::OkStatus();
}

void Daemon::TickForEver() {
  controller_->Tick();
  // On a fixed grid; seconds that were missed are not made up for.
  next_tick_ = std::max(next_tick_ + kTick, Clock::Real().Monotonic());
  loop_.PostAfter(next_tick_ - Clock::Real().Monotonic(), [this] { TickForEver(); });
}

}  // namespace haldane::controller
