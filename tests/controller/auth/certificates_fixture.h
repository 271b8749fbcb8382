#pragma once

#include <string>

#include "rpc/credentials.h"
#include "tests/support/temporary_directory.h"

namespace haldane::testing {

// Certificates made with the openssl command: a CA, and what it signs.
class Certificates {
 public:
  Certificates();

  // Key and certificate with these subject alternative names, such as
  // "URI:haldane://agent/a". Signed by the CA that ca() trusts, unless
  // `by_stranger`; trusting ca() either way.
  TlsFiles Issue(const std::string& name, const std::string& alternative_names, bool by_stranger = false);

  std::string ca() const { return directory_.path() + "/ca.pem"; }

 private:
  void MakeAuthority(const std::string& name);
  // A path in the directory.
  std::string At(const std::string& name) const { return directory_.path() + "/" + name; }

  TemporaryDirectory directory_;
};

}  // namespace haldane::testing
