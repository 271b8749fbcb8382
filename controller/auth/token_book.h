#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "controller/auth/caller.h"
#include "controller/store/admin_store.h"
#include "haldane/v1/token.pb.h"

namespace haldane::controller {

// Bearer tokens: who shows the secret is who the token says. Secrets are drawn
// here and shown once; only their SHA-256 is kept. Check is thread-safe; the
// others belong to the loop that owns the store.
class TokenBook {
 public:
  // Both outlive it. Load before anything else.
  TokenBook(const Clock& clock, AdminStore& store) : clock_(clock), store_(store) {}
  absl::Status Load() ABSL_LOCKS_EXCLUDED(mutex_);

  // True for what looks like a token, sound or not, rather than like a JWT.
  static bool LooksLikeToken(absl::string_view bearer);
  // UNAUTHENTICATED when the token is unknown, has expired or was revoked.
  absl::StatusOr<Caller> Check(absl::string_view bearer) const ABSL_LOCKS_EXCLUDED(mutex_);

  // As the service Tokens says.
  absl::StatusOr<haldane::v1::CreateTokenResponse> Create(const haldane::v1::CreateTokenRequest& request,
                                                          const Caller& by) ABSL_LOCKS_EXCLUDED(mutex_);
  haldane::v1::ListTokensResponse List() const ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<haldane::v1::Token> Revoke(const std::string& id) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const Clock& clock_;
  AdminStore& store_;
  mutable absl::Mutex mutex_;
  std::map<std::string, haldane::v1::Token> by_hash_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace haldane::controller
