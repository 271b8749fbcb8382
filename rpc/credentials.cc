#include "rpc/credentials.h"

#include <arpa/inet.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace haldane {
namespace {

constexpr size_t kPemLimit = 1 << 20;
constexpr unsigned kReloadSeconds = 5;

struct Pem {
  std::string certificate, key, ca;
};

absl::StatusOr<Pem> ReadPem(const TlsFiles& files) {
  if (files.certificate.empty() || files.key.empty() || files.ca.empty()) {
    return absl::InvalidArgumentError(
        "TLS needs a certificate, a key and a CA: give all three files or none");
  }
  Pem pem;
  ASSIGN_OR_RETURN(pem.certificate, ReadFile(files.certificate, kPemLimit));
  ASSIGN_OR_RETURN(pem.key, ReadFile(files.key, kPemLimit));
  ASSIGN_OR_RETURN(pem.ca, ReadFile(files.ca, kPemLimit));
  return pem;
}

template <typename T, void (*Free)(T*)>
struct Freer {
  void operator()(T* object) const { Free(object); }
};

// Ok when the certificate and the key are two halves of one.
absl::Status CheckPair(const Pem& pem, const TlsFiles& files) {
  const std::unique_ptr<BIO, Freer<BIO, BIO_free_all>> certificate_bio(
      BIO_new_mem_buf(pem.certificate.data(), static_cast<int>(pem.certificate.size())));
  const std::unique_ptr<BIO, Freer<BIO, BIO_free_all>> key_bio(
      BIO_new_mem_buf(pem.key.data(), static_cast<int>(pem.key.size())));
  const std::unique_ptr<X509, Freer<X509, X509_free>> certificate(
      PEM_read_bio_X509(certificate_bio.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(files.certificate, ": is not a PEM certificate"));
  }
  const std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, EVP_PKEY_free>> key(
      PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr));
  if (key == nullptr)
    return absl::InvalidArgumentError(absl::StrCat(files.key, ": is not a PEM private key"));
  if (X509_check_private_key(certificate.get(), key.get()) == 1) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(files.key, ": is not the key of ", files.certificate));
}

// A client may show no certificate: it shows a token instead.
absl::StatusOr<Pem> ReadClientPem(const TlsFiles& files) {
  if (files.certificate.empty() != files.key.empty() || files.ca.empty()) {
    return absl::InvalidArgumentError(
        "TLS needs a CA, and for a certificate its key too: give all three files, or the CA alone and a "
        "token");
  }
  if (!files.key.empty()) return ReadPem(files);
  Pem pem;
  ASSIGN_OR_RETURN(pem.ca, ReadFile(files.ca, kPemLimit));
  return pem;
}

absl::Status InTheClear(absl::string_view address) {
  if (IsLoopback(address)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      address, " is not a loopback address, so TLS is required: give --tls_cert, --tls_key and --tls_ca"));
}

}  // namespace

bool IsLoopback(absl::string_view address) {
  if (absl::StartsWith(address, "unix:")) return true;
  const size_t colon = address.rfind(':');
  const bool has_port = colon != absl::string_view::npos && colon + 1 < address.size() &&
                        address.find_first_not_of("0123456789", colon + 1) == absl::string_view::npos;
  const absl::string_view host = has_port ? address.substr(0, colon) : address;
  if (host == "localhost" || host == "[::1]") return true;
  // Only a dotted quad is an address; "127.example.com" is a name.
  in_addr quad;
  return absl::StartsWith(host, "127.") && inet_pton(AF_INET, std::string(host).c_str(), &quad) == 1;
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentials(absl::string_view address,
                                                                           const TlsFiles& files) {
  if (files.empty()) {
    RETURN_IF_ERROR(InTheClear(address));
    return grpc::InsecureServerCredentials();
  }
  ASSIGN_OR_RETURN(const Pem pem, ReadPem(files));
  RETURN_IF_ERROR(CheckPair(pem, files));
  // Reads the files again when they change; those that do not fit together are
  // passed over. A caller without a certificate may have a token.
  const auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      files.key, files.certificate, files.ca, kReloadSeconds);
  grpc::experimental::TlsServerCredentialsOptions options(provider);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  return grpc::experimental::TlsServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentials(absl::string_view address,
                                                                             const TlsFiles& files) {
  if (files.empty()) {
    RETURN_IF_ERROR(InTheClear(address));
    return grpc::InsecureChannelCredentials();
  }
  ASSIGN_OR_RETURN(Pem pem, ReadClientPem(files));
  return grpc::SslCredentials(
      {.pem_root_certs = pem.ca, .pem_private_key = pem.key, .pem_cert_chain = pem.certificate});
}

}  // namespace haldane
