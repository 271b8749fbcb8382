// Whom the daemon believes, its HTTP side, and whom it tells.
#include <openssl/rand.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "controller/daemon.h"

namespace haldane::controller {
namespace {

absl::StatusOr<std::optional<Role>> AnonymousRole(const DaemonOptions& options) {
  if (options.anonymous == "none") return std::optional<Role>();
  if (options.anonymous == "auto") {
    const bool open = options.tls.empty() && !options.jwt.enabled() && options.http.proxy_user_header.empty();
    return open ? std::optional(Role::kAdmin) : std::optional<Role>();
  }
  const std::optional<Role> role = RoleNamed(options.anonymous);
  if (!role || *role == Role::kAgent) {
    return absl::InvalidArgumentError(
        absl::StrCat("--anonymous ", JsonQuote(options.anonymous),
                     " is none of auto, none, viewer, deployer, oncall, admin"));
  }
  if (!options.tls.empty()) {
    return absl::InvalidArgumentError(
        "--anonymous is for loopback without TLS: with TLS everybody shows a credential");
  }
  return role;
}

// Known to this process alone.
absl::StatusOr<std::string> NewSecret() {
  std::string bytes(32, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1) {
    return absl::InternalError("the system has no randomness to give");
  }
  return absl::BytesToHexString(bytes);
}

}  // namespace

absl::StatusOr<Access> Daemon::MakeAccess(const DaemonOptions& options) {
  ASSIGN_OR_RETURN(RoleGroups groups, RoleGroups::Parse(options.role_groups));
  ASSIGN_OR_RETURN(const std::optional<Role> anonymous, AnonymousRole(options));
  ASSIGN_OR_RETURN(std::string secret, NewSecret());
  tokens_ = std::make_unique<TokenBook>(Clock::Real(), *admin_store_);
  RETURN_IF_ERROR(tokens_->Load());
  audit_ = std::make_unique<AuditLog>(Clock::Real(), *admin_store_);
  if (const absl::Status audit = admin_store_->VerifyAudit(); !audit.ok()) {
    LogError("audit records are not what they were", {{"why", audit.message()}});
  }
  ASSIGN_OR_RETURN(people_, People::Create(Clock::Real(), tokens_.get(), options.jwt, std::move(groups)));
  return Access{
      .options = PeerCheck::Options{.tls = !options.tls.empty(),
                                    .anonymous = anonymous,
                                    .bearers = people_.get(),
                                    .refusals = audit_.get(),
                                    .gateway_secret = std::move(secret)},
      .administration = {.tokens = tokens_.get(), .audit = audit_.get(), .store = admin_store_.get()}};
}

absl::Status Daemon::StartGateway(const DaemonOptions& options, const std::string& secret) {
  if (options.http.listen.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(RoleGroups groups, RoleGroups::Parse(options.role_groups));
  ASSIGN_OR_RETURN(
      gateway_, Gateway::Start(options.http, secret, std::move(groups), server_->InProcessChannel(), &loop_,
                               audit_.get(), admin_store_.get(), &metrics_));
  return absl::OkStatus();
}

absl::Status Daemon::StartNotifier(const DaemonOptions& options) {
  if (options.webhooks.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::vector<Webhook> webhooks, LoadWebhooks(options.webhooks));
  ASSIGN_OR_RETURN(auto outbox, Outbox::Open(options.database));
  ASSIGN_OR_RETURN(notifier_, Notifier::Create(Clock::Real(), std::move(webhooks), admin_store_.get(),
                                               std::move(outbox), &loop_, &metrics_));
  return absl::OkStatus();
}

}  // namespace haldane::controller
