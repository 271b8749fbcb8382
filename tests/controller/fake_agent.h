#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/ingest/agents.h"
#include "tests/controller/agent_messages.h"

namespace haldane::testing {

// An agent without a network: remembers what it was sent.
class FakeAgent final : public haldane::controller::AgentStream {
 public:
  explicit FakeAgent(haldane::controller::Agents& agents, std::string certified_host = "")
      : agents_(agents), id_(agents.Open(std::move(certified_host), this)) {}

  void Say(haldane::v1::AgentMessage message) { agents_.Receive(id_, std::move(message)); }
  void Say(haldane::v1::Report report) { Say(Message(std::move(report))); }
  void Leave() { agents_.Close(id_); }

  void Acknowledge(uint64_t sequence) override { acknowledged.push_back(sequence); }
  void Direct(const haldane::v1::Directive& directive) override {
    directives.emplace_back(directive.watch_services().begin(), directive.watch_services().end());
    last_directive = directive;
  }
  void End(const absl::Status& status) override { end = status; }

  std::vector<uint64_t> acknowledged;
  std::vector<std::vector<std::string>> directives;  // services to watch
  haldane::v1::Directive last_directive;
  std::optional<absl::Status> end;  // set once the stream was ended

 private:
  haldane::controller::Agents& agents_;
  const haldane::controller::Agents::Id id_;
};

}  // namespace haldane::testing
