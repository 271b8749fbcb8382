#include "controller/auth/people.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace haldane::controller {
namespace {

using Struct = google::protobuf::Struct;
using Value = google::protobuf::Value;

constexpr size_t kMostJwtBytes = 16 << 10;
constexpr size_t kMostJwksBytes = 1 << 20;
constexpr size_t kMostNameBytes = 256;
// Clocks differ a little.
constexpr double kLeewaySeconds = 60;

absl::StatusOr<Struct> DecodeObject(absl::string_view part, absl::string_view what) {
  std::string json;
  Struct object;
  if (!absl::WebSafeBase64Unescape(part, &json) ||
      !google::protobuf::util::JsonStringToMessage(json, &object).ok()) {
    return absl::UnauthenticatedError(absl::StrCat("the JWT's ", what, " is not JSON in base64url"));
  }
  return object;
}

const Value* Member(const Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? nullptr : &found->second;
}

std::string StringMember(const Struct& object, const std::string& name) {
  const Value* value = Member(object, name);
  return value == nullptr ? "" : value->string_value();
}

// One string or a list of them.
std::vector<std::string> StringsMember(const Struct& object, const std::string& name) {
  std::vector<std::string> strings;
  const Value* value = Member(object, name);
  if (value == nullptr) return strings;
  if (value->has_string_value()) strings.push_back(value->string_value());
  for (const Value& entry : value->list_value().values()) strings.push_back(entry.string_value());
  return strings;
}

absl::Status CheckTimes(const Struct& claims, double now) {
  const Value* expires = Member(claims, "exp");
  if (expires == nullptr || !expires->has_number_value() || !std::isfinite(expires->number_value())) {
    return absl::UnauthenticatedError("the JWT has no exp: it must say when it expires");
  }
  if (now >= expires->number_value() + kLeewaySeconds)
    return absl::UnauthenticatedError("the JWT has expired");
  const Value* not_before = Member(claims, "nbf");
  if (not_before != nullptr && now + kLeewaySeconds < not_before->number_value()) {
    return absl::UnauthenticatedError("the JWT is not valid yet");
  }
  return absl::OkStatus();
}

absl::Status CheckClaims(const Struct& claims, const JwtOptions& options, double now) {
  RETURN_IF_ERROR(CheckTimes(claims, now));
  if (StringMember(claims, "iss") != options.issuer) {
    return absl::UnauthenticatedError("the JWT is of another issuer than this controller trusts");
  }
  for (const std::string& audience : StringsMember(claims, "aud")) {
    if (audience == options.audience) return absl::OkStatus();
  }
  return absl::UnauthenticatedError("the JWT is for another audience than this controller");
}

}  // namespace

absl::StatusOr<std::unique_ptr<People>> People::Create(const Clock& clock, const TokenBook* tokens,
                                                       JwtOptions jwt, RoleGroups groups) {
  std::unique_ptr<People> people(new People(clock, tokens, std::move(jwt), std::move(groups)));
  if (!people->jwt_.enabled()) return people;
  if (people->jwt_.issuer.empty() || people->jwt_.audience.empty()) {
    return absl::InvalidArgumentError(
        "--jwks needs --jwt_issuer and --jwt_audience: whose tokens, and for whom");
  }
  ASSIGN_OR_RETURN(auto keys, people->ReadKeys());
  absl::MutexLock lock(&people->mutex_);
  people->keys_ = std::move(keys);
  return people;
}

absl::StatusOr<std::shared_ptr<const Jwks>> People::ReadKeys() const {
  absl::StatusOr<std::string> json = ReadFile(jwt_.jwks_file, kMostJwksBytes);
  if (!json.ok()) return absl::InvalidArgumentError(absl::StrCat("--jwks: ", json.status().message()));
  auto keys = Jwks::Parse(*json);
  if (!keys.ok()) return Annotate(keys.status(), absl::StrCat("--jwks: ", jwt_.jwks_file));
  return keys;
}

void People::Reload() {
  if (!jwt_.enabled()) return;
  auto keys = ReadKeys();
  if (!keys.ok()) {
    LogWarning("keys of JWTs not read again; the earlier ones stay", {{"why", keys.status().message()}});
    return;
  }
  absl::MutexLock lock(&mutex_);
  keys_ = *std::move(keys);
}

absl::StatusOr<Caller> People::Check(absl::string_view bearer) const {
  if (TokenBook::LooksLikeToken(bearer)) return tokens_->Check(bearer);
  if (!jwt_.enabled()) return absl::UnauthenticatedError("the token is not one of this controller's");
  return CheckJwt(bearer);
}

absl::StatusOr<Caller> People::CheckJwt(absl::string_view jwt) const {
  if (jwt.size() > kMostJwtBytes) return absl::UnauthenticatedError("the JWT is too long");
  const std::vector<absl::string_view> parts = absl::StrSplit(jwt, '.');
  if (parts.size() != 3)
    return absl::UnauthenticatedError("the token is neither this controller's nor a JWT");
  ASSIGN_OR_RETURN(const Struct header, DecodeObject(parts[0], "header"));
  if (Member(header, "crit") != nullptr) {
    return absl::UnauthenticatedError("the JWT has critical extensions, which this controller does not know");
  }
  std::string signature;
  if (!absl::WebSafeBase64Unescape(parts[2], &signature)) {
    return absl::UnauthenticatedError("the JWT's signature is not base64url");
  }
  std::shared_ptr<const Jwks> keys;
  {
    absl::MutexLock lock(&mutex_);
    keys = keys_;
  }
  const absl::string_view signed_part = jwt.substr(0, parts[0].size() + 1 + parts[1].size());
  RETURN_IF_ERROR(
      keys->Verify(StringMember(header, "alg"), StringMember(header, "kid"), signed_part, signature));
  ASSIGN_OR_RETURN(const Struct claims, DecodeObject(parts[1], "payload"));
  RETURN_IF_ERROR(CheckClaims(claims, jwt_, absl::ToDoubleSeconds(clock_.Now() - absl::UnixEpoch())));

  std::string name = StringMember(claims, jwt_.name_claim);
  if (name.empty() || name.size() > kMostNameBytes) {
    return absl::UnauthenticatedError(absl::StrCat("the JWT has no name in its claim ", jwt_.name_claim));
  }
  const std::optional<Role> role = groups_.RoleOf(StringsMember(claims, jwt_.groups_claim));
  if (!role) return absl::PermissionDeniedError(absl::StrCat(name, " is in no group that has a role here"));
  return Caller{.name = std::move(name), .role = *role, .credential = "jwt", .services = {}};
}

}  // namespace haldane::controller
