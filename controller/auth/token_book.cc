#include "controller/auth/token_book.h"

#include <openssl/rand.h>

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "controller/host_name.h"
#include "google/protobuf/util/time_util.h"
#include "plan/defaults.h"

namespace haldane::controller {
namespace {

using google::protobuf::util::TimeUtil;

constexpr absl::string_view kPrefix = "hld_";
constexpr size_t kSecretBytes = 32;
constexpr size_t kIdBytes = 6;
constexpr absl::Duration kDefaultLife = absl::Hours(24 * 90);
constexpr absl::Duration kLongestLife = absl::Hours(24 * 366);
constexpr int kMostServices = 100;
constexpr size_t kMostTokens = 10'000;

absl::StatusOr<std::string> RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
    return absl::InternalError("the system has no randomness to give");
  }
  return bytes;
}

google::protobuf::Timestamp StampOf(absl::Time time) {
  return TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(time));
}

absl::StatusOr<absl::Duration> LifeOf(const haldane::v1::CreateTokenRequest& request) {
  if (!request.has_expires_in()) return kDefaultLife;
  const absl::Duration life = plan::FromProto(request.expires_in());
  if (life >= absl::Minutes(1) && life <= kLongestLife) return life;
  return absl::InvalidArgumentError("expires_in must be between 1m and 8784h (366 days)");
}

absl::Status CheckTokenRequest(const haldane::v1::CreateTokenRequest& request) {
  if (!IsHostName(request.name())) {
    return absl::InvalidArgumentError(
        "name must be 1 to 253 characters of [A-Za-z0-9._-]: who will use the token?");
  }
  const std::optional<Role> role = RoleNamed(request.role());
  if (!role || *role == Role::kAgent) {
    return absl::InvalidArgumentError(
        "role must be viewer, deployer, oncall or admin; agents use certificates");
  }
  if (request.services_size() > kMostServices) {
    return absl::InvalidArgumentError(
        absl::StrCat("services: at most ", kMostServices, "; leave out for all"));
  }
  for (const std::string& service : request.services()) {
    if (service.empty() || service.size() > 256)
      return absl::InvalidArgumentError("services: one is empty or too long");
  }
  if (*role == Role::kAdmin && request.services_size() > 0) {
    return absl::InvalidArgumentError("services: an admin's token is for all services");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status TokenBook::Load() {
  ASSIGN_OR_RETURN(auto stored, store_.LoadTokens());
  absl::MutexLock lock(&mutex_);
  for (AdminStore::StoredToken& token : stored) by_hash_[token.hash] = std::move(token.token);
  return absl::OkStatus();
}

bool TokenBook::LooksLikeToken(absl::string_view bearer) { return absl::StartsWith(bearer, kPrefix); }

absl::StatusOr<Caller> TokenBook::Check(absl::string_view bearer) const {
  const std::string hash = Sha256(bearer);
  absl::MutexLock lock(&mutex_);
  const auto found = by_hash_.find(hash);
  if (found == by_hash_.end()) return absl::UnauthenticatedError("the token is not one of this controller's");
  const haldane::v1::Token& token = found->second;
  if (token.has_revoked_at())
    return absl::UnauthenticatedError(absl::StrCat("token ", token.id(), " was revoked"));
  if (absl::FromUnixNanos(TimeUtil::TimestampToNanoseconds(token.expires_at())) <= clock_.Now()) {
    return absl::UnauthenticatedError(absl::StrCat("token ", token.id(), " has expired"));
  }
  const std::optional<Role> role = RoleNamed(token.role());
  if (!role) return absl::UnauthenticatedError(absl::StrCat("token ", token.id(), " has an unknown role"));
  return Caller{.name = token.name(),
                .role = *role,
                .credential = "token",
                .services = {token.services().begin(), token.services().end()}};
}

absl::StatusOr<haldane::v1::CreateTokenResponse> TokenBook::Create(
    const haldane::v1::CreateTokenRequest& request, const Caller& by) {
  RETURN_IF_ERROR(CheckTokenRequest(request));
  ASSIGN_OR_RETURN(const absl::Duration life, LifeOf(request));
  {
    absl::MutexLock lock(&mutex_);
    if (by_hash_.size() >= kMostTokens) {
      return absl::ResourceExhaustedError(
          absl::StrCat("there are ", kMostTokens, " tokens, which is the limit"));
    }
  }
  ASSIGN_OR_RETURN(const std::string secret_bytes, RandomBytes(kSecretBytes));
  ASSIGN_OR_RETURN(const std::string id_bytes, RandomBytes(kIdBytes));
  haldane::v1::CreateTokenResponse response;
  response.set_secret(absl::StrCat(kPrefix, absl::BytesToHexString(secret_bytes)));
  haldane::v1::Token& token = *response.mutable_token();
  token.set_id(absl::BytesToHexString(id_bytes));
  token.set_name(request.name());
  token.set_role(request.role());
  std::vector<std::string> services(request.services().begin(), request.services().end());
  std::sort(services.begin(), services.end());
  for (std::string& service : services) token.add_services(std::move(service));
  const absl::Time now = clock_.Now();
  *token.mutable_created_at() = StampOf(now);
  *token.mutable_expires_at() = StampOf(now + life);
  *token.mutable_created_by() = by.ToProto();

  const std::string hash = Sha256(response.secret());
  RETURN_IF_ERROR(store_.SaveToken({.hash = hash, .token = token}));
  absl::MutexLock lock(&mutex_);
  by_hash_[hash] = token;
  return response;
}

haldane::v1::ListTokensResponse TokenBook::List() const {
  std::vector<haldane::v1::Token> tokens;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [hash, token] : by_hash_) tokens.push_back(token);
  }
  std::sort(tokens.begin(), tokens.end(), [](const auto& a, const auto& b) {
    return TimeUtil::TimestampToNanoseconds(a.created_at()) >
           TimeUtil::TimestampToNanoseconds(b.created_at());
  });
  haldane::v1::ListTokensResponse response;
  for (haldane::v1::Token& token : tokens) *response.add_tokens() = std::move(token);
  return response;
}

absl::StatusOr<haldane::v1::Token> TokenBook::Revoke(const std::string& id) {
  AdminStore::StoredToken revoked;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [hash, token] : by_hash_) {
      if (token.id() == id) revoked = {.hash = hash, .token = token};
    }
  }
  if (revoked.hash.empty())
    return absl::NotFoundError("there is no token of this id; `haldane token list` shows them");
  if (revoked.token.has_revoked_at()) return revoked.token;
  *revoked.token.mutable_revoked_at() = StampOf(clock_.Now());
  RETURN_IF_ERROR(store_.SaveToken(revoked));
  absl::MutexLock lock(&mutex_);
  by_hash_[revoked.hash] = revoked.token;
  return revoked.token;
}

}  // namespace haldane::controller
