#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"
#include "cli/commands/failure.h"
#include "cli/commands/operator_commands.h"

namespace haldane::cli {
namespace {

constexpr long kValidSeconds = 30L * 24 * 3600;  // a trial, no more

template <typename T, void (*Free)(T*)>
struct Freer {
  void operator()(T* object) const { Free(object); }
};
using PrivateKey = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509, X509_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO, BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION, X509_EXTENSION_free>>;

struct Issued {
  PrivateKey key;
  Certificate certificate;
};

bool AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// A key, and its certificate signed by `authority`; by itself without one.
absl::StatusOr<Issued> Issue(const std::string& name, const std::string& alternative_names,
                             const Issued* authority) {
  Issued issued{PrivateKey(EVP_EC_gen("P-256")), Certificate(X509_new())};
  X509* certificate = issued.certificate.get();
  uint64_t serial = 0;
  bool ok = issued.key != nullptr && certificate != nullptr &&
            RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof(serial)) == 1;
  if (!ok) return absl::InternalError("cannot make a key");
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), kValidSeconds);
  X509_set_pubkey(certificate, issued.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.data()),
                             static_cast<int>(name.size()), -1, 0);
  X509* issuer = authority == nullptr ? certificate : authority->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  ok = AddExtension(certificate, issuer, NID_basic_constraints,
                    authority == nullptr ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
       AddExtension(certificate, issuer, NID_key_usage,
                    authority == nullptr ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature") &&
       (alternative_names.empty() ||
        AddExtension(certificate, issuer, NID_subject_alt_name, alternative_names));
  EVP_PKEY* signer = authority == nullptr ? issued.key.get() : authority->key.get();
  if (!ok || X509_sign(certificate, signer, EVP_sha256()) == 0) {
    return absl::InvalidArgumentError(absl::StrCat("cannot make a certificate for ", alternative_names,
                                                   "; names must be host names or addresses"));
  }
  return issued;
}

absl::Status WritePem(const std::string& path, mode_t mode, const Bio& bio) {
  const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  if (fd.is_open() && write(fd.get(), data, static_cast<size_t>(size)) == size) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat(path, ": cannot be made (", std::strerror(errno),
                                                  "); name a directory that is new or empty"));
}

absl::Status Write(const std::string& directory, const std::string& name, const Issued& issued) {
  const Bio certificate(BIO_new(BIO_s_mem())), key(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(certificate.get(), issued.certificate.get());
  PEM_write_bio_PrivateKey(key.get(), issued.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  RETURN_IF_ERROR(WritePem(absl::StrCat(directory, "/", name, ".pem"), 0644, certificate));
  return WritePem(absl::StrCat(directory, "/", name, ".key"), 0600, key);
}

// "DNS:a,IP:10.0.0.1", every name once.
std::string ControllerNames(const std::vector<std::string>& names) {
  std::vector<std::string> parts = {"DNS:localhost", "IP:127.0.0.1", "IP:::1"};
  for (const std::string& name : names) {
    const bool address =
        name.find_first_not_of("0123456789.") == std::string::npos || name.find(':') != std::string::npos;
    parts.push_back(absl::StrCat(address ? "IP:" : "DNS:", name));
  }
  return absl::StrJoin(parts, ",");
}

absl::Status MakeAll(const DevCaOptions& options) {
  if (mkdir(options.directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return absl::PermissionDeniedError(absl::StrCat(options.directory, ": ", std::strerror(errno)));
  }
  ASSIGN_OR_RETURN(const Issued authority, Issue("Haldane trial CA", "", nullptr));
  RETURN_IF_ERROR(Write(options.directory, "ca", authority));
  ASSIGN_OR_RETURN(const Issued controller,
                   Issue("controller", ControllerNames(options.controllers), &authority));
  RETURN_IF_ERROR(Write(options.directory, "controller", controller));
  for (const char* role : {"viewer", "deployer", "oncall", "admin"}) {
    ASSIGN_OR_RETURN(const Issued person,
                     Issue(role, absl::StrCat("URI:haldane://", role, "/trial"), &authority));
    RETURN_IF_ERROR(Write(options.directory, role, person));
  }
  for (const std::string& agent : options.agents) {
    ASSIGN_OR_RETURN(const Issued host,
                     Issue(agent, absl::StrCat("URI:haldane://agent/", agent), &authority));
    RETURN_IF_ERROR(Write(options.directory, absl::StrCat("agent-", agent), host));
  }
  return absl::OkStatus();
}

}  // namespace

int RunDevCa(const DevCaOptions& options, const Console& console) {
  for (const std::string& name : options.agents) {
    const bool sound =
        !name.empty() && name.size() <= 200 &&
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
            std::string::npos;
    if (sound) continue;
    return Fail(console, kExitUsage, absl::InvalidArgumentError("--agent: a host name is [A-Za-z0-9._-]"));
  }
  if (const absl::Status status = MakeAll(options); !status.ok()) {
    return Fail(console, absl::IsInvalidArgument(status) ? kExitUsage : kExitError, status);
  }
  const std::string& d = options.directory;
  console.err << "certificates for a trial, valid for 30 days, are in " << d << "; keep ca.key to yourself\n"
              << "  haldane-controller --tls_cert " << d << "/controller.pem --tls_key " << d
              << "/controller.key --tls_ca " << d << "/ca.pem ...\n"
              << "  haldane --tls-cert " << d << "/admin.pem --tls-key " << d << "/admin.key --tls-ca " << d
              << "/ca.pem token create ..." << std::endl;
  return kExitDone;
}

}  // namespace haldane::cli
