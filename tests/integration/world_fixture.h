#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/controller.h"
#include "controller/history/sqlite_profile_store.h"
#include "controller/ingest/agent_stream.h"
#include "controller/metrics/metrics.h"
#include "controller/store/sqlite_event_store.h"
#include "tests/fakes/fake_fleet.h"
#include "tests/fakes/simulated_clock.h"

namespace haldane::testing {

// A real controller with a real SQLite file, agents that speak its protocol
// without a network, and time that passes when told.
class World {
 public:
  // The database is in a directory of its own and goes with the world.
  explicit World(uint64_t seed);
  ~World();

  FakeFleet fleet;
  SimulatedClock clock;

  // Connects an agent for every host of the fleet that has none.
  void ConnectAgents();
  // The stream of a host's agent breaks; ConnectAgents makes a new one.
  void Disconnect(size_t host);
  // One second: traffic is served, connected agents report (unless `deliver`
  // says that this host's report is lost on the way), the controller ticks.
  void Second(const std::function<bool(size_t host)>& deliver = [](size_t) { return true; });
  // Seconds until the rollout is terminal, or `limit`.
  int RunFor(const std::string& rollout, int limit);
  // The report that a host's agent would send next.
  haldane::v1::AgentMessage NextReport(size_t host);
  void Send(size_t host, haldane::v1::AgentMessage message);
  // Why a host's stream was ended, if it was.
  absl::Status StreamEnd(size_t host) const;

  // The controller dies without a word and a new one starts on its database.
  void RestartController();

  haldane::controller::Controller& controller() { return *controller_; }
  haldane::v1::Rollout Get(const std::string& rollout) { return controller_->Get(rollout).value(); }
  // The rollout's log as it is on disk: the bytes of its events.
  std::vector<std::string> Recording(const std::string& rollout);

 private:
  struct Agent;

  std::string directory_;
  haldane::controller::Metrics metrics_;
  std::unique_ptr<haldane::controller::SqliteEventStore> store_;
  std::unique_ptr<haldane::controller::SqliteProfileStore> profiles_;
  std::unique_ptr<haldane::controller::Controller> controller_;
  std::vector<std::unique_ptr<Agent>> agents_;
};

}  // namespace haldane::testing
