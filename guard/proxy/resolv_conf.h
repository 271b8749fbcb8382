#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "guard/policy/settings.h"

namespace haldane::guard {

// The name servers of a resolv.conf, in its order, as glibc reads them; at most
// eight. Lines that make no sense are skipped, as glibc does.
std::vector<UpstreamServer> ParseResolvConf(absl::string_view text);

// Where the proxy asks: what the policy names, or else what the file does. An
// error, naming the file and what to do, when that is nothing.
absl::StatusOr<std::vector<UpstreamServer>> UpstreamOf(const DnsSettings& settings,
                                                       const std::string& resolv_conf = "/etc/resolv.conf");

}  // namespace haldane::guard
