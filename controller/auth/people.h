#pragma once

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "controller/auth/jwks.h"
#include "controller/auth/peer_identity.h"
#include "controller/auth/role_groups.h"
#include "controller/auth/token_book.h"

namespace haldane::controller {

// How JWTs of people are verified; never minted here.
struct JwtOptions {
  std::string jwks_file;           // empty: JWTs are refused
  std::string issuer;              // the iss that is required
  std::string audience;            // the aud that is required
  std::string name_claim = "sub";  // who
  std::string groups_claim = "groups";
  bool enabled() const { return !jwks_file.empty(); }
};

// Whoever shows a bearer credential: tokens of this controller, and JWTs that
// somebody else issued. Check is thread-safe.
class People final : public BearerCheck {
 public:
  // `tokens` outlives it. INVALID_ARGUMENT when the options or the file cannot
  // be used.
  static absl::StatusOr<std::unique_ptr<People>> Create(const Clock& clock, const TokenBook* tokens,
                                                        JwtOptions jwt, RoleGroups groups);

  absl::StatusOr<Caller> Check(absl::string_view bearer) const override;
  // Reads the keys again; keeps those that it has when the file cannot be used.
  void Reload() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  People(const Clock& clock, const TokenBook* tokens, JwtOptions jwt, RoleGroups groups)
      : clock_(clock), tokens_(tokens), jwt_(std::move(jwt)), groups_(std::move(groups)) {}
  absl::StatusOr<Caller> CheckJwt(absl::string_view jwt) const ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::shared_ptr<const Jwks>> ReadKeys() const;

  const Clock& clock_;
  const TokenBook* const tokens_;
  const JwtOptions jwt_;
  const RoleGroups groups_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const Jwks> keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace haldane::controller
