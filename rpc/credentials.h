#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
}  // namespace grpc

namespace haldane {

// Paths of PEM files; all three or none, or for a client the CA alone. Without
// them traffic is in the clear, which is allowed on loopback only.
struct TlsFiles {
  std::string certificate;  // own certificate chain
  std::string key;          // its private key
  std::string ca;           // whoever it signs is who they say they are

  bool empty() const { return certificate.empty() && key.empty() && ca.empty(); }
};

// True for 127.0.0.0/8, ::1, localhost and unix: addresses, such as
// "127.0.0.1:7460" or "[::1]:7460".
bool IsLoopback(absl::string_view address);

// Credentials for a server on `address`. FAILED_PRECONDITION when the address
// is not loopback and there are no TLS files; INVALID_ARGUMENT when only some
// are given, or do not fit together; a file's own error when one cannot be read.
// With TLS, a certificate that a client shows must be of `ca`; who shows none is
// not known by it. Files that change are read again within seconds.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentials(absl::string_view address,
                                                                           const TlsFiles& files);

// Credentials for a client of `address`; fails as ServerCredentials does. With
// the CA alone the client shows no certificate.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentials(absl::string_view address,
                                                                             const TlsFiles& files);

}  // namespace haldane
