#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "bpf/abi/guard_maps.h"
#include "guard/address/ip.h"
#include "guard/policy/rule.h"

namespace haldane::guard {

// The port ranges of one rule, as the kernel's tables hold them. `rule` is its
// position among the policy's rules, plus one; 0 for the default.
std::vector<haldane_guard_clause> ClausesOf(const Rule& rule, uint16_t number);

// Everything that may be sent to: for names without a rule of their own.
haldane_guard_clause ClauseForAll();

// Sorts denials to the front and removes what is there twice.
void Normalize(std::vector<haldane_guard_clause>* clauses);

struct NetworkClauses {
  Cidr network;
  std::vector<haldane_guard_clause> clauses;
};

// The rules about addresses, tabulated for a search that finds the longest
// prefix only: each network holds its own clauses and those of all networks
// around it. Pure. INVALID_ARGUMENT, naming lines of the policy, when the
// kernel's table cannot hold them.
absl::StatusOr<std::vector<NetworkClauses>> TabulateNetworks(const std::vector<Rule>& rules);

}  // namespace haldane::guard
