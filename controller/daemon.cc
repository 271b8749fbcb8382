#include "controller/daemon.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/build_info.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "controller/history/sqlite_profile_store.h"
#include "controller/store/sqlite_event_store.h"

namespace haldane::controller {
namespace {

constexpr absl::Duration kTick = absl::Seconds(1);
constexpr uint64_t kReloadEveryTicks = 10;

absl::Status CheckAddress(absl::string_view flag, absl::string_view address) {
  if (absl::StartsWith(address, "unix:")) return absl::OkStatus();
  const size_t colon = address.rfind(':');
  int port = -1;
  const bool valid = colon != absl::string_view::npos && colon > 0 &&
                     absl::SimpleAtoi(address.substr(colon + 1), &port) && port >= 0 && port <= 65535;
  if (valid) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(flag, " ", JsonQuote(address), " is not HOST:PORT, such as 127.0.0.1:7460"));
}

}  // namespace

Daemon::Daemon() = default;

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const DaemonOptions& options) {
  RETURN_IF_ERROR(CheckAddress("--listen", options.listen));
  if (!options.metrics.empty()) RETURN_IF_ERROR(CheckAddress("--metrics", options.metrics));
  std::unique_ptr<Daemon> daemon(new Daemon());
  daemon->keep_ended_ = options.keep_ended;
  ASSIGN_OR_RETURN(daemon->store_, SqliteEventStore::Open(options.database));
  ASSIGN_OR_RETURN(daemon->profiles_, SqliteProfileStore::Open(options.database));
  ASSIGN_OR_RETURN(daemon->guard_runs_, GuardRunStore::Open(options.database));
  daemon->controller_ = std::make_unique<Controller>(Clock::Real(), *daemon->store_, daemon->metrics_,
                                                     daemon->profiles_.get(), daemon->guard_runs_.get());
  for (const std::string& service : options.watch_always) daemon->controller_->historian().Follow(service);
  RETURN_IF_ERROR(daemon->controller_->Load());
  if (!options.metrics.empty()) {
    ASSIGN_OR_RETURN(daemon->metrics_server_,
                     MetricsServer::Start(options.metrics, daemon->metrics_.registry()));
  }
  ASSIGN_OR_RETURN(daemon->admin_store_, AdminStore::Open(options.database));
  ASSIGN_OR_RETURN(Access access, daemon->MakeAccess(options));
  const std::string secret = access.options->gateway_secret;
  ASSIGN_OR_RETURN(daemon->server_,
                   Server::Start(options.listen, options.tls, &daemon->loop_, daemon->controller_.get(),
                                 &daemon->metrics_, std::move(access)));
  RETURN_IF_ERROR(daemon->StartGateway(options, secret));
  RETURN_IF_ERROR(daemon->StartNotifier(options));
  daemon->next_tick_ = Clock::Real().Monotonic();
  daemon->loop_.Post([daemon = daemon.get()] { daemon->TickForEver(); });

  const std::string host = options.listen.substr(0, options.listen.rfind(':'));
  LogInfo("listening",
          {{"address", daemon->port() == 0 ? options.listen : absl::StrCat(host, ":", daemon->port())},
           {"port", daemon->port()},
           {"tls", options.tls.empty() ? "no" : "yes"},
           {"database", options.database},
           {"metrics_port", daemon->metrics_port()},
           {"http_port", daemon->http_port()},
           {"version", kVersion}});
  return daemon;
}

Daemon::~Daemon() {
  if (gateway_ != nullptr) gateway_->Stop();
  if (server_ != nullptr) server_->Stop();
  loop_.Stop();
}

void Daemon::TickForEver() {
  controller_->Tick();
  audit_->Flush();
  if (notifier_ != nullptr) notifier_->Tick();
  if (gateway_ != nullptr) gateway_->Tick(*controller_);
  if (++ticks_ % kReloadEveryTicks == 0) people_->Reload();
  Prune();
  // On a fixed grid; seconds that were missed are not made up for.
  next_tick_ = std::max(next_tick_ + kTick, Clock::Real().Monotonic());
  loop_.PostAfter(next_tick_ - Clock::Real().Monotonic(), [this] { TickForEver(); });
}

// One a second: a removal takes a while when the log is long.
void Daemon::Prune() {
  if (keep_ended_ == absl::InfiniteDuration()) return;
  const auto pruned = controller_->PruneOne(Clock::Real().Now() - keep_ended_);
  if (!pruned.ok()) {
    if (ticks_ % kReloadEveryTicks == 0) LogWarning("old logs stay", {{"why", pruned.status().message()}});
  } else if (pruned->has_value()) {
    const Controller::Pruned& what = **pruned;
    audit_->Done("controller", "--keep_ended",
                 absl::StrCat("removed the log of rollout ", what.rollout, ": ", what.log.events,
                              " events, the last with digest ", absl::BytesToHexString(what.log.digest)));
  }
}

}  // namespace haldane::controller
