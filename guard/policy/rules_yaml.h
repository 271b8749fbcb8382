#pragma once

#include <string>
#include <vector>

#include "guard/policy/policy_yaml.h"
#include "guard/policy/rule.h"
#include "yaml/tree_reader.h"

namespace haldane::guard {

// Reads the `rules` of a policy.
class RuleReader : protected yaml::TreeReader {
 protected:
  RuleReader(absl::string_view file_name, const ReadList& read_list)
      : TreeReader(file_name), read_list_(read_list) {}

  std::vector<Rule> ReadRules(const std::string& path, const yaml::Node& node);

 private:
  void ReadRule(const std::string& path, const yaml::Node& node, Rule* rule);
  void ReadTarget(const std::string& path, const yaml::Node& node, Rule* rule);
  void ReadName(const std::string& path, const yaml::Node& node, RuleScope scope, Rule* rule);
  void ReadCidr(const std::string& path, const yaml::Node& node, Rule* rule);
  void ReadListed(const std::string& path, const yaml::Node& node, Rule* rule);
  void ReadPorts(const std::string& path, const yaml::Node& node, Rule* rule);
  void CheckRule(const std::string& path, int line, Rule* rule);

  const ReadList& read_list_;
};

}  // namespace haldane::guard
