#include "rpc/credentials.h"

#include <arpa/inet.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace haldane {
namespace {

constexpr size_t kPemLimit = 1 << 20;

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
  ASSIGN_OR_RETURN(Pem pem, ReadPem(files));
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = pem.ca;
  options.pem_key_cert_pairs.push_back({pem.key, pem.certificate});
  return grpc::SslServerCredentials(options);
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
