#include "tests/controller/auth/certificates_fixture.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace haldane::testing {
namespace {

void OpenSsl(const std::string& arguments) {
  ASSERT_EQ(std::system(absl::StrCat("openssl ", arguments, " >/dev/null 2>&1").c_str()), 0)
      << "openssl " << arguments;
}

constexpr char kNewKey[] = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

}  // namespace

Certificates::Certificates() {
  MakeAuthority("ca");
  MakeAuthority("stranger");
}

void Certificates::MakeAuthority(const std::string& name) {
  OpenSsl(absl::StrCat("req -x509 ", kNewKey, " -days 2 -subj /CN=", name, " -keyout ", At(name + ".key"),
                       " -out ", At(name + ".pem")));
}

TlsFiles Certificates::Issue(const std::string& name, const std::string& alternative_names,
                             bool by_stranger) {
  const std::string authority = At(by_stranger ? "stranger" : "ca");
  const TlsFiles files = {.certificate = At(name + ".pem"), .key = At(name + ".key"), .ca = ca()};
  std::ofstream(At(name + ".ext")) << "subjectAltName=" << alternative_names << "\n";
  OpenSsl(absl::StrCat("req ", kNewKey, " -subj /CN=", name, " -keyout ", files.key, " -out ",
                       At(name + ".csr")));
  OpenSsl(absl::StrCat("x509 -req -in ", At(name + ".csr"), " -CA ", authority, ".pem -CAkey ", authority,
                       ".key -CAcreateserial -days 2 -extfile ", At(name + ".ext"), " -out ",
                       files.certificate));
  return files;
}

}  // namespace haldane::testing
