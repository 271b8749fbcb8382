#include "tests/integration/world_fixture.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

namespace haldane::testing {

using haldane::controller::Controller;
using haldane::controller::SqliteEventStore;
using haldane::controller::SqliteProfileStore;

struct World::Agent final : haldane::controller::AgentStream {
  void Acknowledge(uint64_t) override {}
  void Direct(const haldane::v1::Directive& d) override { directive = d; }
  void End(const absl::Status& status) override {
    connected = false;
    end = status;
  }

  haldane::controller::Agents::Id id = 0;
  bool connected = false;
  uint64_t sequence = 0;
  haldane::v1::Directive directive;
  absl::Status end;
};

World::World(uint64_t seed) : fleet(seed) {
  std::string name = (std::filesystem::temp_directory_path() / "haldane-world-XXXXXX").string();
  directory_ = mkdtemp(name.data());
  RestartController();
}

World::~World() {
  controller_.reset();
  profiles_.reset();
  store_.reset();
  std::filesystem::remove_all(directory_);
}

void World::RestartController() {
  controller_.reset();
  profiles_.reset();
  store_.reset();
  for (auto& agent : agents_) agent->connected = false;
  auto store = SqliteEventStore::Open(directory_ + "/haldane.db");
  EXPECT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);
  auto profiles = SqliteProfileStore::Open(directory_ + "/haldane.db");
  EXPECT_TRUE(profiles.ok()) << profiles.status();
  profiles_ = *std::move(profiles);
  controller_ = std::make_unique<Controller>(clock, *store_, metrics_, profiles_.get());
  EXPECT_TRUE(controller_->Load().ok());
}

void World::ConnectAgents() {
  while (agents_.size() < fleet.size()) agents_.push_back(std::make_unique<Agent>());
  for (size_t i = 0; i < agents_.size(); ++i) {
    Agent& agent = *agents_[i];
    if (agent.connected || fleet.host(i).silent) continue;
    agent.end = absl::OkStatus();
    agent.connected = true;
    agent.id = controller_->agents().Open("", &agent);
    haldane::v1::AgentMessage hello;
    hello.mutable_hello()->set_host(fleet.host(i).name);
    hello.mutable_hello()->set_agent_version("0.1.0");
    hello.mutable_hello()->set_epoch(fleet.ReportOf(i).epoch());
    hello.mutable_hello()->mutable_compatibility()->set_profile(haldane::v1::Compatibility::PROFILE_FULL);
    Send(i, hello);
  }
}

void World::Disconnect(size_t host) {
  Agent& agent = *agents_[host];
  if (agent.connected) controller_->agents().Close(agent.id);
  agent.connected = false;
}

haldane::v1::AgentMessage World::NextReport(size_t host) {
  const haldane::v1::HostReport now = fleet.ReportOf(host);
  haldane::v1::AgentMessage message;
  haldane::v1::Report* report = message.mutable_report();
  report->set_sequence(++agents_[host]->sequence);
  report->set_epoch(now.epoch());
  *report->mutable_processes() = now.processes();
  *report->mutable_gaps() = now.gaps();
  return message;
}

void World::Send(size_t host, haldane::v1::AgentMessage message) {
  controller_->agents().Receive(agents_[host]->id, std::move(message));
}

absl::Status World::StreamEnd(size_t host) const { return agents_[host]->end; }

void World::Second(const std::function<bool(size_t)>& deliver) {
  fleet.Serve();
  clock.Advance(absl::Seconds(1));
  ConnectAgents();
  for (size_t i = 0; i < agents_.size(); ++i) {
    if (!agents_[i]->connected || fleet.host(i).silent) continue;
    if (deliver(i)) {
      Send(i, NextReport(i));
    } else {
      Disconnect(i);  // a report is lost only when its stream breaks
    }
  }
  controller_->Tick();
}

int World::RunFor(const std::string& rollout, int limit) {
  for (int second = 1; second <= limit; ++second) {
    Second();
    if (haldane::controller::IsTerminal(Get(rollout).verdict().state())) return second;
  }
  return limit;
}

std::vector<std::string> World::Recording(const std::string& rollout) {
  std::vector<std::string> events;
  const absl::Status status = store_->Load(rollout, [&](absl::string_view payload) {
    events.emplace_back(payload);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return events;
}

}  // namespace haldane::testing
