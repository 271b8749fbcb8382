#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct evp_pkey_st;

namespace haldane::controller {

// The keys of a JWK set (RFC 7517) that verify signatures: RSA (RS256), P-256
// (ES256) and symmetric keys (HS256). Immutable, thread-safe.
class Jwks {
 public:
  // INVALID_ARGUMENT naming the key that cannot be used. Keys for encryption
  // and of kinds that are not listed above are passed over; at least one must
  // be left.
  static absl::StatusOr<std::shared_ptr<const Jwks>> Parse(absl::string_view json);
  ~Jwks();

  // Ok when `signature` over `signed_part` is that of a key with this id (of
  // any, when the token names none) whose kind is the algorithm's.
  // UNAUTHENTICATED otherwise.
  absl::Status Verify(absl::string_view algorithm, absl::string_view key_id, absl::string_view signed_part,
                      absl::string_view signature) const;

 private:
  struct Key;
  Jwks();
  std::vector<Key> keys_;
};

}  // namespace haldane::controller
