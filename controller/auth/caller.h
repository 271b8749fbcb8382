#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "controller/auth/role.h"
#include "haldane/v1/override.pb.h"

namespace haldane::controller {

// Who is calling, as the credential says.
struct Caller {
  std::string name;  // "anonymous" without a credential
  Role role = Role::kViewer;
  std::string credential = "none";    // "certificate", "token", "jwt", "proxy" or "none"
  std::vector<std::string> services;  // the only ones it may touch; empty for all

  bool MayTouch(absl::string_view service) const {
    return services.empty() || std::find(services.begin(), services.end(), service) != services.end();
  }
  haldane::v1::Principal ToProto() const {
    haldane::v1::Principal principal;
    principal.set_name(name);
    principal.set_role(std::string(RoleName(role)));
    principal.set_credential(credential);
    return principal;
  }
};

}  // namespace haldane::controller
