#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "controller/fleet/fleet.h"
#include "controller/fleet/switches.h"
#include "controller/guard/guard_book.h"
#include "controller/guard/guard_run_store.h"
#include "controller/history/historian.h"
#include "controller/history/profile_store.h"
#include "controller/ingest/agents.h"
#include "controller/metrics/metrics.h"
#include "controller/rollout_runner.h"
#include "controller/store/event_store.h"
#include "haldane/v1/overrides.pb.h"
#include "haldane/v1/rollout.pb.h"

namespace haldane::controller {

// Follows one rollout. Must not call the controller back from its methods.
class RolloutWatcher {
 public:
  virtual ~RolloutWatcher() = default;
  // The rollout as it stands: at once, then whenever it has changed, at most
  // once per tick. `last` after the end; the watcher is then forgotten.
  virtual void OnRollout(const haldane::v1::Rollout& rollout, bool last) = 0;
  // There will be nothing more to see; the watcher is forgotten.
  virtual void OnFailure(const absl::Status& status) = 0;
};

// The controller without its network: agents' words in, verdicts out. All of it
// belongs to one thread (the daemon's TaskLoop). Time passes by Tick() alone,
// so that tests may simulate it:
//
//   Controller controller(clock, store, metrics);
//   controller.Load(); controller.Create(plan);
//   const Agents::Id agent = controller.agents().Open("", &stream);
//   controller.agents().Receive(agent, message); clock.Advance(...); controller.Tick();
class Controller {
 public:
  // All arguments outlive the controller. Without `profiles`, what it learns
  // of services lives no longer than it does; likewise guarded runs.
  Controller(const Clock& clock, EventStore& store, Metrics& metrics, ProfileStore* profiles = nullptr,
             GuardRunStore* guard_runs = nullptr);
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  // Reads all rollouts back from the store. Once, before anything else. Fails
  // when the store cannot be read; a single log that is damaged is no failure
  // but that rollout's impediment.
  absl::Status Load();
  // A second has passed.
  void Tick();

  Agents& agents() { return agents_; }
  // What services did between rollouts.
  Historian& historian() { return historian_; }
  // What deploy scripts did under the guard.
  GuardBook& guard_book() { return guard_book_; }

  // Opens a rollout, filling in the plan's defaults; one that exists with the
  // same plan is returned as it stands. INVALID_ARGUMENT naming the field,
  // ALREADY_EXISTS when the name stands for another plan, RESOURCE_EXHAUSTED
  // when too many rollouts run, and as EventStore::Append fails.
  absl::StatusOr<haldane::v1::Rollout> Create(haldane::v1::Plan plan);
  absl::StatusOr<haldane::v1::Rollout> Get(const std::string& name) const;
  absl::StatusOr<haldane::v1::ListRolloutsResponse> List(
      const haldane::v1::ListRolloutsRequest& request) const;
  // Ends a rollout; one that has ended is returned as it is.
  absl::StatusOr<haldane::v1::Rollout> Abort(const std::string& name, absl::string_view reason);

  // Overrides: controller_overrides.cc. Fail as the service Overrides says and
  // as EventStore::Append does. `author`: from the credential.
  absl::StatusOr<haldane::v1::OverrideResponse> Override(const haldane::v1::ApplyOverrideRequest& request,
                                                         const haldane::v1::Principal& author);
  absl::StatusOr<haldane::v1::OverrideResponse> Revoke(const haldane::v1::RevokeOverrideRequest& request,
                                                       const haldane::v1::Principal& author);
  absl::StatusOr<haldane::v1::ListOverridesResponse> ListOverrides(
      const haldane::v1::ListOverridesRequest& request) const;

  // Gives every rollout, and its version, that is not at the version of `seen`,
  // and remembers it there; `skip_ended`: remembers only. controller_views.cc.
  void VisitChanged(std::map<std::string, uint64_t>& seen, bool skip_ended,
                    absl::FunctionRef<void(const haldane::v1::Rollout&, uint64_t version)> visit) const;

  // Removes the log of one rollout that ended before `before`, if there is one,
  // and forgets it. controller_retention.cc.
  struct Pruned {
    std::string rollout;
    EventStore::PrunedLog log;
  };
  absl::StatusOr<std::optional<Pruned>> PruneOne(absl::Time before);

  // Calls `watcher`, which must live until it is forgotten or unwatched.
  // NOT_FOUND, RESOURCE_EXHAUSTED (too many); the watcher is not called then.
  absl::Status Watch(const std::string& name, RolloutWatcher* watcher);
  // Idempotent.
  void Unwatch(RolloutWatcher* watcher);

  // The fleet. NOT_FOUND when the host has not reported within the hour.
  haldane::v1::ListHostsResponse ListHosts(absl::string_view service) const;
  absl::StatusOr<haldane::v1::FleetHost> GetHost(const std::string& host) const;
  // Kills or arms probes, see Switches, and tells every agent.
  absl::StatusOr<haldane::v1::FleetSwitches> SwitchProbes(bool kill, const std::string& service,
                                                          absl::string_view reason,
                                                          const haldane::v1::Principal& by);

  // Ends every agent's stream and every watch with `status`, those that are
  // yet to come included. REQUIRES: `status` is not Ok.
  void EndStreams(const absl::Status& status);

 private:
  absl::StatusOr<RolloutRunner*> Find(const std::string& name) const;
  // Shows the rollout to its watchers, if they have not seen it so.
  void Show(const RolloutRunner& runner);
  void CountVerdict(const RolloutRunner& runner);
  // Shows what an override made of the rollout, and answers with it.
  haldane::v1::OverrideResponse Overridden(const RolloutRunner& runner, uint64_t id, bool was_active);
  // Those with a running rollout.
  std::set<std::string> BusyServices() const;
  // Tells agents what is needed and metrics what is, after rollouts changed.
  void Refresh();

  struct Watching {
    std::string rollout;
    uint64_t version_seen = 0;
  };

  const RolloutRunner::Context context_;
  Fleet fleet_;
  Switches switches_;
  Agents agents_;
  const std::unique_ptr<ProfileStore> own_profiles_;  // when none was given
  Historian historian_;
  const std::unique_ptr<GuardRunStore> own_guard_runs_;  // when none was given
  GuardBook guard_book_;
  std::vector<std::unique_ptr<RolloutRunner>> rollouts_;  // oldest first
  std::map<std::string, RolloutRunner*> by_name_;
  std::map<RolloutWatcher*, Watching> watches_;
  absl::Status ended_;  // not Ok once EndStreams was called
};

}  // namespace haldane::controller
