#include "guard/proxy/resolv_conf.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace haldane::guard {
namespace {

constexpr size_t kMostNameServers = 8;
constexpr size_t kResolvConfBytes = 1 << 20;

}  // namespace

std::vector<UpstreamServer> ParseResolvConf(absl::string_view text) {
  std::vector<UpstreamServer> servers;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.size() < 2 || words[0] != "nameserver" || servers.size() == kMostNameServers) continue;
    const std::optional<IpAddress> address = IpAddress::Parse(words[1]);
    if (address.has_value()) servers.push_back({*address, 53});
  }
  return servers;
}

absl::StatusOr<std::vector<UpstreamServer>> UpstreamOf(const DnsSettings& settings,
                                                       const std::string& resolv_conf) {
  if (!settings.upstream.empty()) return settings.upstream;
  ASSIGN_OR_RETURN(const std::string text, ReadFile(resolv_conf, kResolvConfBytes));
  std::vector<UpstreamServer> servers = ParseResolvConf(text);
  if (servers.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        resolv_conf, " names no server that can be used; name one under dns.upstream of the policy"));
  }
  return servers;
}

}  // namespace haldane::guard
