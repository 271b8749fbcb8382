#include "controller/auth/jwks.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace haldane::controller {

template <typename T, void (*Free)(T*)>
struct Freer {
  void operator()(T* object) const { Free(object); }
};

namespace {

using Struct = google::protobuf::Struct;

constexpr size_t kP256Bytes = 32;
constexpr size_t kLeastRsaBytes = 256;    // 2048 bits
constexpr size_t kLeastSecretBytes = 32;  // RFC 7518, 3.2
constexpr int kMostKeys = 100;

using Bn = std::unique_ptr<BIGNUM, Freer<BIGNUM, BN_free>>;
using Pkey = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using MdContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX, EVP_MD_CTX_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freer<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freer<OSSL_PARAM, OSSL_PARAM_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG, ECDSA_SIG_free>>;

std::string Text(const Struct& object, const char* name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? "" : found->second.string_value();
}

// A member in base64url; empty when it is missing or is none.
std::string Decoded(const Struct& object, const char* name) {
  std::string bytes;
  return absl::WebSafeBase64Unescape(Text(object, name), &bytes) ? bytes : "";
}

const unsigned char* Raw(absl::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Bn ToBn(absl::string_view bytes) {
  return Bn(BN_bin2bn(Raw(bytes), static_cast<int>(bytes.size()), nullptr));
}

Pkey FromParams(const char* kind, OSSL_PARAM* params) {
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) != 1) return nullptr;
  return Pkey(key);
}

Pkey RsaKey(const Struct& jwk) {
  const std::string modulus = Decoded(jwk, "n"), exponent = Decoded(jwk, "e");
  if (modulus.size() < kLeastRsaBytes || modulus.size() > 1024 || exponent.empty() || exponent.size() > 8) {
    return nullptr;
  }
  const Bn n = ToBn(modulus), e = ToBn(exponent);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  return FromParams("RSA", params.get());
}

Pkey P256Key(const Struct& jwk) {
  const std::string x = Decoded(jwk, "x"), y = Decoded(jwk, "y");
  if (Text(jwk, "crv") != "P-256" || x.size() != kP256Bytes || y.size() != kP256Bytes) return nullptr;
  const std::string point = absl::StrCat("\x04", x, y);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  return FromParams("EC", params.get());
}

// The DER form that OpenSSL wants of JWS's r || s.
std::string ToDer(absl::string_view signature) {
  if (signature.size() != 2 * kP256Bytes) return "";
  const EcdsaSignature pair(ECDSA_SIG_new());
  Bn r = ToBn(signature.substr(0, kP256Bytes)), s = ToBn(signature.substr(kP256Bytes));
  if (ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return "";
  (void)r.release();
  (void)s.release();
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  std::string bytes(reinterpret_cast<char*>(der), size > 0 ? static_cast<size_t>(size) : 0);
  OPENSSL_free(der);
  return bytes;
}

bool VerifyWith(EVP_PKEY* key, absl::string_view signed_part, absl::string_view signature) {
  const MdContext context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), Raw(signature), signature.size(), Raw(signed_part),
                          signed_part.size()) == 1;
}

bool VerifyHmac(const std::string& secret, absl::string_view signed_part, absl::string_view signature) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), Raw(signed_part), signed_part.size(),
           digest, &size) == nullptr) {
    return false;
  }
  return signature.size() == size && CRYPTO_memcmp(digest, signature.data(), size) == 0;
}

}  // namespace

struct Jwks::Key {
  std::string id;
  std::string algorithm;  // the only one that the key is for
  Pkey pkey;              // of RS256 and ES256
  std::string secret;     // of HS256
};

Jwks::Jwks() = default;
Jwks::~Jwks() = default;

absl::StatusOr<std::shared_ptr<const Jwks>> Jwks::Parse(absl::string_view json) {
  Struct document;
  if (!google::protobuf::util::JsonStringToMessage(std::string(json), &document).ok() ||
      !document.fields().contains("keys")) {
    return absl::InvalidArgumentError("is not a JWK set: a JSON object with a list \"keys\"");
  }
  std::shared_ptr<Jwks> jwks(new Jwks());
  const auto& list = document.fields().at("keys").list_value().values();
  if (list.size() > kMostKeys)
    return absl::InvalidArgumentError(absl::StrCat("has more than ", kMostKeys, " keys"));
  for (int i = 0; i < list.size(); ++i) {
    const Struct& jwk = list[i].struct_value();
    const std::string kind = Text(jwk, "kty");
    if (Text(jwk, "use") == "enc") continue;
    Key key{.id = Text(jwk, "kid"), .algorithm = {}, .pkey = nullptr, .secret = {}};
    if (kind == "RSA") {
      key.algorithm = "RS256";
      key.pkey = RsaKey(jwk);
    } else if (kind == "EC") {
      key.algorithm = "ES256";
      if (Text(jwk, "crv") != "P-256") continue;
      key.pkey = P256Key(jwk);
    } else if (kind == "oct") {
      key.algorithm = "HS256";
      key.secret = Decoded(jwk, "k");
    } else {
      continue;
    }
    const std::string stated = Text(jwk, "alg");
    if (!stated.empty() && stated != key.algorithm) continue;
    if (key.pkey == nullptr && key.secret.size() < kLeastSecretBytes) {
      return absl::InvalidArgumentError(absl::StrCat(
          "key ", i + 1, " (kty ", kind,
          ") cannot be used: RSA needs n of 2048 bits or more and e, EC x and y of P-256, oct k of 256 "
          "bits or more"));
    }
    jwks->keys_.push_back(std::move(key));
  }
  if (jwks->keys_.empty()) return absl::InvalidArgumentError("has no key for RS256, ES256 or HS256");
  return std::shared_ptr<const Jwks>(std::move(jwks));
}

absl::Status Jwks::Verify(absl::string_view algorithm, absl::string_view key_id,
                          absl::string_view signed_part, absl::string_view signature) const {
  bool known = false;
  const std::string der = algorithm == "ES256" ? ToDer(signature) : "";
  for (const Key& key : keys_) {
    // The key says what it is for, never the token alone: a public key must not pass for an HMAC secret.
    if (key.algorithm != algorithm || (!key_id.empty() && key.id != key_id)) continue;
    known = true;
    const bool sound = key.pkey == nullptr
                           ? VerifyHmac(key.secret, signed_part, signature)
                           : VerifyWith(key.pkey.get(), signed_part, algorithm == "ES256" ? der : signature);
    if (sound) return absl::OkStatus();
  }
  return absl::UnauthenticatedError(known
                                        ? "the JWT's signature is wrong"
                                        : "the JWT is signed with a key that this controller does not have");
}

}  // namespace haldane::controller
