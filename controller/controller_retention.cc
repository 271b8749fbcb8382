// Logs are not kept for ever.
#include "base/log.h"
#include "controller/controller.h"

namespace haldane::controller {

absl::StatusOr<std::optional<Controller::Pruned>> Controller::PruneOne(absl::Time before) {
  for (auto it = rollouts_.begin(); it != rollouts_.end(); ++it) {
    const RolloutRunner& runner = **it;
    if (!runner.ended() || runner.last_event_at() >= before) continue;
    const absl::StatusOr<EventStore::PrunedLog> log =
        context_.store.Prune(runner.name(), context_.clock.Now());
    if (absl::IsFailedPrecondition(log.status())) continue;
    if (!log.ok()) return log.status();
    Pruned pruned{.rollout = runner.name(), .log = *log};
    LogInfo("log of an ended rollout removed because of its age",
            {{"rollout", pruned.rollout}, {"events", pruned.log.events}});
    context_.metrics.rollouts_pruned.Increment();
    by_name_.erase(pruned.rollout);
    rollouts_.erase(it);
    return pruned;
  }
  return std::nullopt;
}

}  // namespace haldane::controller
