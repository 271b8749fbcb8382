// Rollouts for those who watch all of them.
#include "controller/controller.h"

namespace haldane::controller {

void Controller::VisitChanged(
    std::map<std::string, uint64_t>& seen, bool skip_ended,
    absl::FunctionRef<void(const haldane::v1::Rollout&, uint64_t version)> visit) const {
  for (const auto& runner : rollouts_) {
    uint64_t& version = seen[runner->name()];
    if (version == runner->version()) continue;
    version = runner->version();
    if (skip_ended && !runner->active()) continue;
    visit(runner->View(), version);
  }
}

}  // namespace haldane::controller
