// JWTs of people: who is believed, and whose tricks are not.
#include "controller/auth/people.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/fakes/simulated_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_directory.h"

namespace haldane::controller {
namespace {

using haldane::testing::IsOk;
using haldane::testing::SimulatedClock;
using haldane::testing::StatusIs;
using haldane::testing::TemporaryDirectory;
using ::testing::HasSubstr;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string Encode(const std::string& bytes) {
  std::string text;
  absl::WebSafeBase64Escape(bytes, &text);
  return text;
}

std::string BigNumber(EVP_PKEY* key, const char* name, size_t least = 0) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key, name, &number);
  std::string bytes(std::max<size_t>(least, static_cast<size_t>(BN_num_bytes(number))), '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  BN_free(number);
  return bytes;
}

std::string Sign(EVP_PKEY* key, const std::string& text) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  size_t size = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key);
  EVP_DigestSign(context, nullptr, &size, data, text.size());
  std::string signature(size, '\0');
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, data, text.size());
  signature.resize(size);
  EVP_MD_CTX_free(context);
  return signature;
}

// r || s of a DER signature.
std::string ToJws(const std::string& der) {
  const auto* data = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &data, static_cast<long>(der.size()));
  std::string out(64, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(pair), reinterpret_cast<unsigned char*>(out.data()), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair), reinterpret_cast<unsigned char*>(out.data()) + 32, 32);
  ECDSA_SIG_free(pair);
  return out;
}

class PeopleTest : public ::testing::Test {
 protected:
  PeopleTest() {
    const std::string jwks = absl::StrCat(
        R"({"keys":[{"kty":"RSA","kid":"r","n":")", Encode(BigNumber(rsa_.get(), OSSL_PKEY_PARAM_RSA_N)),
        R"(","e":")", Encode(BigNumber(rsa_.get(), OSSL_PKEY_PARAM_RSA_E)),
        R"("},{"kty":"EC","kid":"e","crv":"P-256","x":")",
        Encode(BigNumber(ec_.get(), OSSL_PKEY_PARAM_EC_PUB_X, 32)), R"(","y":")",
        Encode(BigNumber(ec_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, 32)), R"("},{"kty":"oct","kid":"h","k":")",
        Encode(secret_), R"("},{"kty":"OKP","kid":"other"}]})");
    std::ofstream(file_) << jwks;
    options_ = {.jwks_file = file_, .issuer = "https://idp", .audience = "haldane"};
    people_ = *People::Create(clock_, &tokens_, options_, *RoleGroups::Parse("oncall=sre,viewer=*"));
  }

  std::string Claims(const std::string& extra = "") {
    return absl::StrCat(
        R"({"iss":"https://idp","aud":["other","haldane"],"sub":"ann","groups":["sre"],"exp":)",
        absl::ToUnixSeconds(clock_.Now()) + 300, extra, "}");
  }
  static std::string SignedPart(const std::string& algorithm, const std::string& kid,
                                const std::string& claims) {
    return absl::StrCat(Encode(absl::StrCat(R"({"alg":")", algorithm, R"(","kid":")", kid, R"("})")), ".",
                        Encode(claims));
  }
  std::string Rs256(const std::string& claims) {
    const std::string part = SignedPart("RS256", "r", claims);
    return absl::StrCat(part, ".", Encode(Sign(rsa_.get(), part)));
  }
  std::string Hs256(const std::string& claims, const std::string& secret, const std::string& kid = "h") {
    const std::string part = SignedPart("HS256", kid, claims);
    unsigned char digest[32];
    unsigned int size = sizeof(digest);
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(part.data()), part.size(), digest, &size);
    return absl::StrCat(part, ".", Encode(std::string(reinterpret_cast<char*>(digest), size)));
  }
  void ExpectRefused(const std::string& jwt, const char* why) {
    EXPECT_THAT(people_->Check(jwt), StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr(why)));
  }

  TemporaryDirectory directory_;
  const std::string file_ = directory_.path() + "/jwks.json";
  const Key rsa_{EVP_RSA_gen(2048), &EVP_PKEY_free};
  const Key ec_{EVP_EC_gen("P-256"), &EVP_PKEY_free};
  const std::string secret_ = std::string(32, 's');
  SimulatedClock clock_;
  std::unique_ptr<AdminStore> store_ = AdminStore::Open(":memory:").value();
  TokenBook tokens_{clock_, *store_};
  JwtOptions options_;
  std::unique_ptr<People> people_;
};

TEST_F(PeopleTest, EveryAlgorithmIsVerified) {
  const std::string part = SignedPart("ES256", "e", Claims());
  const std::string es256 = absl::StrCat(part, ".", Encode(ToJws(Sign(ec_.get(), part))));
  for (const std::string& jwt : {Rs256(Claims()), es256, Hs256(Claims(), secret_)}) {
    const auto caller = people_->Check(jwt);
    ASSERT_THAT(caller, IsOk()) << jwt;
    EXPECT_EQ(caller->name, "ann");
    EXPECT_EQ(caller->role, Role::kOncall);
    EXPECT_EQ(caller->credential, "jwt");
    ExpectRefused(jwt.substr(0, jwt.size() - 6) + "AAAAAA", "signature is wrong");
  }
}

TEST_F(PeopleTest, APublicKeyIsNoSecretAndNoneIsNoAlgorithm) {
  // The classic trick: the RSA key's public modulus as HMAC secret.
  ExpectRefused(Hs256(Claims(), BigNumber(rsa_.get(), OSSL_PKEY_PARAM_RSA_N), "r"), "does not have");
  ExpectRefused(absl::StrCat(SignedPart("none", "r", Claims()), "."), "does not have");
  ExpectRefused(absl::StrCat(SignedPart("RS256", "e", Claims()), ".AAAA"), "does not have");
}

TEST_F(PeopleTest, ClaimsMustFit) {
  const int64_t now = absl::ToUnixSeconds(clock_.Now());
  ExpectRefused(
      Rs256(absl::StrCat(R"({"iss":"https://evil","aud":"haldane","sub":"a","exp":)", now + 9, "}")),
      "issuer");
  ExpectRefused(Rs256(absl::StrCat(R"({"iss":"https://idp","aud":"x","sub":"a","exp":)", now + 9, "}")),
                "audience");
  ExpectRefused(Rs256(R"({"iss":"https://idp","aud":"haldane","sub":"a"})"), "no exp");
  ExpectRefused(Rs256(Claims(absl::StrCat(R"(,"nbf":)", now + 100))), "not valid yet");
  ExpectRefused(Rs256(absl::StrCat(R"({"iss":"https://idp","aud":"haldane","exp":)", now + 9, "}")),
                "no name");
  const std::string jwt = Rs256(Claims());
  clock_.Advance(absl::Seconds(361));
  ExpectRefused(jwt, "has expired");
}

TEST_F(PeopleTest, GarbageIsRefusedInPeace) {
  for (const std::string& jwt :
       {std::string("a.b.c"), std::string(".."), std::string("x"), std::string(20000, 'a'),
        absl::StrCat(Encode("[1]"), ".", Encode("{}"), ".AAAA")}) {
    EXPECT_EQ(people_->Check(jwt).status().code(), absl::StatusCode::kUnauthenticated) << jwt.substr(0, 50);
  }
}

TEST_F(PeopleTest, WithoutAGroupThatHasARoleNobodyMayDoAnything) {
  people_ = *People::Create(clock_, &tokens_, options_, *RoleGroups::Parse("admin=root"));
  EXPECT_THAT(people_->Check(Rs256(Claims())),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("no group")));
}

TEST_F(PeopleTest, KeysAreReadAgainAndAFileThatCannotBeUsedChangesNothing) {
  std::ofstream(file_) << "{broken";
  people_->Reload();
  EXPECT_THAT(people_->Check(Rs256(Claims())), IsOk());
  std::ofstream(file_) << R"({"keys":[{"kty":"oct","kid":"h","k":")" << Encode(secret_) << R"("}]})";
  people_->Reload();
  ExpectRefused(Rs256(Claims()), "does not have");
  EXPECT_THAT(people_->Check(Hs256(Claims(), secret_)), IsOk());
}

TEST_F(PeopleTest, KeySetsThatCannotBeMeantSoAreNamed) {
  for (const char* json : {"", "[]", "{}", R"({"keys":[]})", R"({"keys":[{"kty":"oct","k":"c2hvcnQ"}]})",
                           R"({"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]})"}) {
    EXPECT_EQ(Jwks::Parse(json).status().code(), absl::StatusCode::kInvalidArgument) << json;
  }
}

TEST(RoleGroupsTest, TheStrongestRoleCountsAndMistakesAreNamed) {
  const auto groups = RoleGroups::Parse("viewer=*, oncall=sre ,admin=root");
  ASSERT_THAT(groups, IsOk());
  EXPECT_EQ(groups->RoleOf({}), Role::kViewer);
  EXPECT_EQ(groups->RoleOf({"sre", "x"}), Role::kOncall);
  EXPECT_EQ(groups->RoleOf({"root", "sre"}), Role::kAdmin);
  EXPECT_FALSE(RoleGroups::Parse("admin=root")->RoleOf({"*"}).has_value());
  for (const char* bad : {"sre", "agent=x", "admin=", "king=x"}) {
    EXPECT_EQ(RoleGroups::Parse(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace haldane::controller
