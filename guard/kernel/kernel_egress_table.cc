#include "guard/kernel/kernel_egress_table.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_macros.h"

namespace haldane::guard {
namespace {

constexpr size_t kNamesKept = 16;
// Bounds what a hostile name server can make us remember: the kernel's table
// has as many addresses.
constexpr size_t kAddressesKept = HALDANE_GUARD_ADDRESSES;

uint64_t NanosecondsFromNow(absl::Duration lifetime) {
  if (lifetime == absl::InfiniteDuration()) return 0;
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * uint64_t{1000000000} + now.tv_nsec +
         std::max<int64_t>(1, absl::ToInt64Nanoseconds(lifetime));
}

// The later of two, where 0 is never.
uint64_t LaterExpiry(uint64_t a, uint64_t b) { return a == 0 || b == 0 ? 0 : std::max(a, b); }

}  // namespace

KernelEgressTable::KernelEgressTable(const Policy& policy, int addresses_fd, Denied denied)
    : policy_(policy), addresses_fd_(addresses_fd), denied_(std::move(denied)) {}

absl::Status KernelEgressTable::Allow(const IpAddress& address, absl::string_view name,
                                      const std::vector<const Rule*>& grants, absl::Duration lifetime) {
  Remember(address, name);
  std::vector<haldane_guard_clause> clauses;
  for (const Rule* rule : grants) {
    const auto of_rule = ClausesOf(*rule, NumberOf(*rule));
    clauses.insert(clauses.end(), of_rule.begin(), of_rule.end());
  }
  if (grants.empty()) clauses.push_back(ClauseForAll());
  return Add(address, clauses, NanosecondsFromNow(lifetime)).status();
}

absl::Status KernelEgressTable::Deny(const IpAddress& address, absl::string_view name, const Rule& rule) {
  Remember(address, name);
  // What else it holds keeps its expiry: a denial has none.
  ASSIGN_OR_RETURN(const bool is_new, Add(address, ClausesOf(rule, NumberOf(rule)), 1));
  if (is_new) denied_(address, rule);
  return absl::OkStatus();
}

absl::StatusOr<bool> KernelEgressTable::Add(const IpAddress& address,
                                            const std::vector<haldane_guard_clause>& added,
                                            uint64_t expires_ns) {
  haldane_guard_grants grants = {};
  const bool known = bpf_map_lookup_elem(addresses_fd_, address.bytes.data(), &grants) == 0;
  std::vector<haldane_guard_clause> clauses(grants.clauses, grants.clauses + grants.count);
  clauses.insert(clauses.end(), added.begin(), added.end());
  Normalize(&clauses);
  if (clauses.size() > HALDANE_GUARD_GRANTS) {
    return absl::ResourceExhaustedError(absl::StrCat(address.ToString(), " has ", clauses.size(),
                                                     " port ranges of different names; the kernel keeps ",
                                                     HALDANE_GUARD_GRANTS));
  }
  haldane_guard_grants merged = {};
  merged.expires_ns = known ? LaterExpiry(grants.expires_ns, expires_ns) : expires_ns;
  merged.count = static_cast<uint32_t>(clauses.size());
  std::copy(clauses.begin(), clauses.end(), merged.clauses);
  if (known && memcmp(&merged, &grants, sizeof merged) == 0) return false;
  if (bpf_map_update_elem(addresses_fd_, address.bytes.data(), &merged, BPF_ANY) == 0) return true;
  if (errno == E2BIG) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the kernel's table of ", HALDANE_GUARD_ADDRESSES, " resolved addresses is full"));
  }
  return absl::ErrnoToStatus(errno,
                             absl::StrCat("cannot write ", address.ToString(), " to the kernel's table"));
}

void KernelEgressTable::Remember(const IpAddress& address, absl::string_view name) {
  if (names_.size() >= kAddressesKept && !names_.contains(address)) return;
  std::vector<std::string>& names = names_[address];
  if (names.size() >= kNamesKept || std::find(names.begin(), names.end(), name) != names.end()) return;
  names.emplace_back(name);
}

const std::vector<std::string>& KernelEgressTable::NamesOf(const IpAddress& address) const {
  static const std::vector<std::string>& none = *new std::vector<std::string>();
  const auto found = names_.find(address);
  return found == names_.end() ? none : found->second;
}

uint16_t KernelEgressTable::NumberOf(const Rule& rule) const {
  return static_cast<uint16_t>(&rule - policy_.rules().data() + 1);
}

absl::Status WriteNetworks(const std::vector<NetworkClauses>& networks, int networks_fd, int clauses_fd) {
  uint32_t next = 0;
  for (const NetworkClauses& network : networks) {
    const haldane_guard_clauses place = {next, static_cast<uint32_t>(network.clauses.size())};
    for (const haldane_guard_clause& clause : network.clauses) {
      if (bpf_map_update_elem(clauses_fd, &next, &clause, BPF_ANY) != 0) {
        return absl::ErrnoToStatus(errno, "cannot write the policy's clauses to the kernel");
      }
      next++;
    }
    haldane_guard_network key = {};
    key.prefix_bits = static_cast<uint32_t>(network.network.prefix);
    std::copy(network.network.address.bytes.begin(), network.network.address.bytes.end(), key.address);
    if (bpf_map_update_elem(networks_fd, &key, &place, BPF_ANY) != 0) {
      return absl::ErrnoToStatus(errno,
                                 absl::StrCat("cannot write ", network.network.ToString(), " to the kernel"));
    }
  }
  return absl::OkStatus();
}

}  // namespace haldane::guard
