#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "guard/policy/policy_yaml.h"

namespace haldane::guard {

using Lists = std::map<std::string, std::string>;

inline ReadList ReadFrom(const Lists& lists) {
  return [lists](const std::string& path) -> absl::StatusOr<std::string> {
    const auto found = lists.find(path);
    if (found == lists.end()) return absl::NotFoundError(absl::StrCat(path, ": no such file"));
    return found->second;
  };
}

// The policy of these lines, which follow `version: 1`.
inline std::unique_ptr<Policy> PolicyOf(absl::string_view lines, const Lists& lists = {}) {
  auto policy = ParsePolicy(absl::StrCat("version: 1\n", lines), "policy.yaml", ReadFrom(lists));
  EXPECT_TRUE(policy.ok()) << policy.status();
  return policy.ok() ? *std::move(policy) : std::make_unique<Policy>(Settings(), std::vector<Rule>());
}

inline Destination To(absl::string_view address, uint16_t port, Transport transport = Transport::kTcp) {
  return {*IpAddress::Parse(address), port, transport};
}

}  // namespace haldane::guard
