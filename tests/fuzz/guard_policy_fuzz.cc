// libFuzzer target: any bytes give a policy or an error that names a line,
// never a crash; and what a policy decides is consistent with itself.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "guard/policy/explain.h"
#include "guard/policy/policy_yaml.h"
#include "guard/record/mask.h"

namespace {

using haldane::guard::Decision;
using haldane::guard::Destination;
using haldane::guard::IpAddress;
using haldane::guard::Policy;

void CheckName(const Policy& policy, const std::string& name) {
  const Decision question = policy.JudgeQuestion(name);
  // What is denied as a link is denied as a question.
  if (policy.JudgeLink(name).denied && !question.denied) std::abort();
  if (question.denied && question.basis == Decision::Basis::kRule && !question.rule->deny) std::abort();
  if (question.rule != nullptr && !question.rule->CoversName(name)) std::abort();
  if (question.denied && question.reason.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string masked = haldane::guard::MaskSecrets(text);
  if (haldane::guard::MaskSecrets(masked) != masked) std::abort();
  const auto policy = haldane::guard::ParsePolicy(text, "p.yaml", [](const std::string& path) {
    return absl::StatusOr<std::string>(path + "\n10.0.0.0/8\n");
  });
  if (!policy.ok()) {
    if (!absl::StartsWith(policy.status().message(), "p.yaml:")) std::abort();
    return 0;
  }
  std::vector<std::string> names = {"github.com", "a.b.example", "localhost", ".", "dns.google"};
  for (const auto& rule : (*policy)->rules()) {
    if (rule.name.empty() || names.size() > 50) continue;
    names.push_back(rule.name);
    names.push_back(rule.name == "." ? "x" : "x." + rule.name);
  }
  for (const std::string& name : names) CheckName(**policy, name);
  for (const char* address : {"10.1.2.3", "127.0.0.1", "192.0.2.1", "2001:db8::1"}) {
    const Destination to{*IpAddress::Parse(address), 443, haldane::guard::Transport::kTcp};
    const Decision named = (*policy)->JudgeDestination(to, names);
    if (named.denied && named.reason.empty()) std::abort();
  }
  haldane::guard::FindOddities(**policy, "p.yaml", absl::UnixEpoch());
  return 0;
}
