#include "guard/kernel/clauses.h"

#include <netinet/in.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"

namespace haldane::guard {
namespace {

constexpr size_t kMostRules = 65534;

uint8_t ProtocolOf(Transport transport) {
  if (transport == Transport::kTcp) return IPPROTO_TCP;
  return transport == Transport::kUdp ? IPPROTO_UDP : 0;
}

auto AsTuple(const haldane_guard_clause& c) {
  return std::make_tuple(c.deny == 0, c.rule, c.first_port, c.last_port, c.protocol);
}

IpAddress FirstBits(IpAddress address, int prefix) {
  for (int bit = prefix; bit < 128; bit++) address.bytes[bit / 8] &= ~(0x80 >> (bit % 8));
  return address;
}

}  // namespace

std::vector<haldane_guard_clause> ClausesOf(const Rule& rule, uint16_t number) {
  haldane_guard_clause clause = {};
  clause.protocol = ProtocolOf(rule.transport);
  clause.deny = rule.deny;
  clause.rule = number;
  clause.last_port = 65535;
  if (rule.ports.empty()) return {clause};
  std::vector<haldane_guard_clause> clauses;
  for (const uint16_t port : rule.ports) {
    if (!clauses.empty() && clauses.back().last_port + 1 == port) {
      clauses.back().last_port = port;
      continue;
    }
    clause.first_port = clause.last_port = port;
    clauses.push_back(clause);
  }
  return clauses;
}

haldane_guard_clause ClauseForAll() {
  haldane_guard_clause clause = {};
  clause.last_port = 65535;
  return clause;
}

void Normalize(std::vector<haldane_guard_clause>* clauses) {
  const auto less = [](const haldane_guard_clause& a, const haldane_guard_clause& b) {
    return AsTuple(a) < AsTuple(b);
  };
  const auto same = [](const haldane_guard_clause& a, const haldane_guard_clause& b) {
    return AsTuple(a) == AsTuple(b);
  };
  std::sort(clauses->begin(), clauses->end(), less);
  clauses->erase(std::unique(clauses->begin(), clauses->end(), same), clauses->end());
}

absl::StatusOr<std::vector<NetworkClauses>> TabulateNetworks(const std::vector<Rule>& rules) {
  if (rules.size() > kMostRules) {
    return absl::InvalidArgumentError(absl::StrCat("the policy has ", rules.size(),
                                                   " rules; the kernel's table holds ", kMostRules,
                                                   "; put addresses into one list file"));
  }
  // prefix length -> network -> positions of its rules
  std::map<int, absl::flat_hash_map<IpAddress, std::vector<size_t>>> by_prefix;
  for (size_t i = 0; i < rules.size(); i++) {
    for (const Cidr& cidr : rules[i].cidrs) by_prefix[cidr.prefix][cidr.address].push_back(i);
  }
  std::vector<NetworkClauses> networks;
  for (const auto& [prefix, blocks] : by_prefix) {
    for (const auto& [address, own] : blocks) {
      std::set<size_t> covering;
      for (auto wider = by_prefix.begin(); wider != by_prefix.end() && wider->first <= prefix; ++wider) {
        const auto found = wider->second.find(FirstBits(address, wider->first));
        if (found != wider->second.end()) covering.insert(found->second.begin(), found->second.end());
      }
      NetworkClauses network{{address, prefix}, {}};
      for (const size_t rule : covering) {
        const auto clauses = ClausesOf(rules[rule], static_cast<uint16_t>(rule + 1));
        network.clauses.insert(network.clauses.end(), clauses.begin(), clauses.end());
      }
      Normalize(&network.clauses);
      if (network.clauses.size() > HALDANE_GUARD_CLAUSES_AT) {
        return absl::InvalidArgumentError(
            absl::StrCat("line ", rules[own.front()].line, ": ", network.clauses.size(),
                         " port ranges meet at ", network.network.ToString(), "; the kernel's table holds ",
                         HALDANE_GUARD_CLAUSES_AT, " for one network; join rules that overlap"));
      }
      networks.push_back(std::move(network));
    }
  }
  return networks;
}

}  // namespace haldane::guard
