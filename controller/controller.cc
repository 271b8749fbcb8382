#include "controller/controller.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "controller/history/memory_profile_store.h"
#include "google/protobuf/util/message_differencer.h"
#include "plan/defaults.h"
#include "plan/validate.h"

namespace haldane::controller {
namespace {

constexpr size_t kMaxActiveRollouts = 500;
constexpr size_t kMaxWatchers = 2000;
constexpr uint32_t kDefaultListed = 100;
constexpr uint32_t kMaxListed = 1000;
constexpr size_t kMaxReason = 500;

absl::StatusOr<v1::Plan> Complete(v1::Plan plan) {
  const size_t size = plan.ByteSizeLong();
  plan.DiscardUnknownFields();
  if (plan.ByteSizeLong() != size) {
    return absl::InvalidArgumentError(
        "the plan has fields that this controller does not know: upgrade the controller, or leave them out");
  }
  plan = plan::WithDefaults(std::move(plan));
  RETURN_IF_ERROR(plan::ValidatePlan(plan));
  return plan;
}

absl::Status CheckReason(absl::string_view reason) {
  if (reason.empty()) return absl::InvalidArgumentError("reason is empty: say why the rollout is to end");
  if (reason.size() > kMaxReason) {
    return absl::InvalidArgumentError(
        absl::StrCat("reason has ", reason.size(), " bytes, at most ", kMaxReason, " are allowed"));
  }
  return absl::OkStatus();
}

absl::Status UnreadableError(const RolloutRunner& runner) {
  return absl::DataLossError(absl::StrCat("rollout ", runner.name(), ": ", runner.impediment()));
}

}  // namespace

Controller::Controller(const Clock& clock, EventStore& store, Metrics& metrics, ProfileStore* profiles,
                       GuardRunStore* guard_runs)
    : context_{clock, store, metrics},
      switches_(store),
      agents_(clock, &fleet_, &switches_, &metrics),
      own_profiles_(profiles == nullptr ? std::make_unique<MemoryProfileStore>() : nullptr),
      historian_(clock, profiles == nullptr ? *own_profiles_ : *profiles, metrics),
      own_guard_runs_(guard_runs == nullptr ? GuardRunStore::InMemory() : nullptr),
      guard_book_(clock, guard_runs == nullptr ? *own_guard_runs_ : *guard_runs) {}

absl::Status Controller::Load() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, context_.store.ListRollouts());
  RETURN_IF_ERROR(switches_.Load());
  for (const std::string& name : names) {
    if (name == Switches::kLog) continue;
    ASSIGN_OR_RETURN(auto runner, RolloutRunner::Load(context_, name));
    by_name_[name] = runner.get();
    historian_.NoteRollout(runner->View());
    rollouts_.push_back(std::move(runner));
  }
  RETURN_IF_ERROR(historian_.Load());
  RETURN_IF_ERROR(guard_book_.Load());
  Refresh();
  return absl::OkStatus();
}

void Controller::Tick() {
  const absl::Duration start = context_.clock.Monotonic();
  absl::Status store = absl::OkStatus();
  for (const auto& runner : rollouts_) {
    if (!runner->active()) continue;
    if (store.ok()) {
      const absl::Status status = runner->Tick(fleet_, guard_book_);
      if (!runner->unreadable()) store = status;
    } else {
      // It would fail, and take its time, for every rollout.
      runner->Skip(store);
    }
    if (runner->ended()) CountVerdict(*runner);
    Show(*runner);
  }
  historian_.Tick(fleet_, BusyServices());
  Refresh();
  context_.metrics.tick_seconds.Observe(absl::ToDoubleSeconds(context_.clock.Monotonic() - start));
}

std::set<std::string> Controller::BusyServices() const {
  std::set<std::string> services;
  for (const auto& runner : rollouts_) {
    if (runner->active()) services.insert(runner->plan().service());
  }
  return services;
}

void Controller::Refresh() {
  ChangeNumber logged = historian_.cursor();
  std::map<v1::RolloutState, int> states;
  int impeded = 0;
  for (const auto& runner : rollouts_) {
    impeded += !runner->impediment().empty();
    if (!runner->unreadable()) ++states[runner->state()];
    if (runner->active()) logged = std::min(logged, runner->cursor());
  }
  agents_.SetDemand(BusyServices(), logged);
  agents_.SetHistory(historian_.services());
  fleet_.Forget(logged, context_.clock.Monotonic());

  Metrics& metrics = context_.metrics;
  for (int state = v1::ROLLOUT_STATE_PENDING; state <= v1::ROLLOUT_STATE_OVERRIDDEN; ++state) {
    metrics.rollouts(static_cast<v1::RolloutState>(state)).Set(states[static_cast<v1::RolloutState>(state)]);
  }
  metrics.rollouts_impeded.Set(impeded);
  const auto profiles = fleet_.Profiles();
  for (int profile = v1::Compatibility::PROFILE_UNSPECIFIED; profile <= v1::Compatibility::PROFILE_DISABLED;
       ++profile) {
    const auto hosts = profiles.find(static_cast<v1::Compatibility::Profile>(profile));
    metrics.hosts(static_cast<v1::Compatibility::Profile>(profile))
        .Set(hosts == profiles.end() ? 0 : static_cast<double>(hosts->second));
  }
  metrics.processes.Set(static_cast<double>(fleet_.processes()));
  metrics.gate_waiters.Set(static_cast<double>(watches_.size()));
}

absl::StatusOr<v1::Rollout> Controller::Create(v1::Plan plan) {
  ASSIGN_OR_RETURN(plan, Complete(std::move(plan)));
  if (const auto existing = by_name_.find(plan.rollout()); existing != by_name_.end()) {
    const RolloutRunner& runner = *existing->second;
    if (google::protobuf::util::MessageDifferencer::Equals(runner.plan(), plan)) return runner.View();
    return absl::AlreadyExistsError(absl::StrCat(
        "rollout ", plan.rollout(), " exists with another plan; choose another name for this one"));
  }
  const auto active =
      std::count_if(rollouts_.begin(), rollouts_.end(), [](const auto& r) { return r->active(); });
  if (static_cast<size_t>(active) >= kMaxActiveRollouts) {
    return absl::ResourceExhaustedError(
        absl::StrCat(active, " rollouts are running, which is the limit; wait for one or abort one"));
  }
  v1::Created known;
  *known.mutable_plan() = plan;
  historian_.Describe(&known);
  ASSIGN_OR_RETURN(auto runner, RolloutRunner::Create(context_, std::move(known)));
  historian_.NoteRollout(runner->View());
  LogInfo("rollout created", {{"rollout", plan.rollout()}, {"service", plan.service()}});
  RolloutRunner& created = *runner;
  by_name_[plan.rollout()] = runner.get();
  rollouts_.push_back(std::move(runner));
  Refresh();
  return created.View();
}

absl::StatusOr<RolloutRunner*> Controller::Find(const std::string& name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end())
    return absl::NotFoundError(absl::StrCat("there is no rollout ", JsonQuote(name.substr(0, 200))));
  return found->second;
}

absl::StatusOr<v1::Rollout> Controller::Get(const std::string& name) const {
  ASSIGN_OR_RETURN(const RolloutRunner* runner, Find(name));
  return runner->View();
}

absl::StatusOr<v1::ListRolloutsResponse> Controller::List(const v1::ListRolloutsRequest& request) const {
  if (request.limit() > kMaxListed) {
    return absl::InvalidArgumentError(
        absl::StrCat("limit is ", request.limit(), ", at most ", kMaxListed, " is allowed"));
  }
  const int limit = static_cast<int>(request.limit() == 0 ? kDefaultListed : request.limit());
  v1::ListRolloutsResponse response;
  for (auto runner = rollouts_.rbegin(); runner != rollouts_.rend() && response.rollouts_size() < limit;
       ++runner) {
    if (!request.service().empty() && (*runner)->plan().service() != request.service()) continue;
    *response.add_rollouts() = (*runner)->View();
  }
  return response;
}

absl::StatusOr<v1::Rollout> Controller::Abort(const std::string& name, absl::string_view reason) {
  RETURN_IF_ERROR(CheckReason(reason));
  ASSIGN_OR_RETURN(RolloutRunner * runner, Find(name));
  if (runner->unreadable()) return UnreadableError(*runner);
  if (runner->active()) {
    RETURN_IF_ERROR(runner->Abort(reason));
    CountVerdict(*runner);
    Show(*runner);
    Refresh();
  }
  return runner->View();
}

void Controller::CountVerdict(const RolloutRunner& runner) {
  const v1::Rollout view = runner.View();
  historian_.NoteRollout(view);
  context_.metrics.verdicts(view.verdict().state()).Increment();
  LogInfo("rollout ended", {{"rollout", runner.name()},
                            {"state", v1::RolloutState_Name(view.verdict().state())},
                            {"sentence", view.verdict().sentence()},
                            {"input_digest", view.verdict().input_digest()}});
}

absl::Status Controller::Watch(const std::string& name, RolloutWatcher* watcher) {
  RETURN_IF_ERROR(ended_);
  ASSIGN_OR_RETURN(const RolloutRunner* runner, Find(name));
  if (watches_.size() >= kMaxWatchers) {
    return absl::ResourceExhaustedError(
        absl::StrCat(watches_.size(), " calls wait already, which is the limit"));
  }
  watches_[watcher] = Watching{.rollout = name};
  Show(*runner);
  return absl::OkStatus();
}

void Controller::Unwatch(RolloutWatcher* watcher) { watches_.erase(watcher); }

void Controller::Show(const RolloutRunner& runner) {
  std::optional<v1::Rollout> view;
  for (auto it = watches_.begin(); it != watches_.end();) {
    RolloutWatcher* const watcher = it->first;
    Watching& watching = it->second;
    if (watching.rollout != runner.name() || watching.version_seen == runner.version()) {
      ++it;
      continue;
    }
    watching.version_seen = runner.version();
    it = runner.active() ? std::next(it) : watches_.erase(it);
    if (!view) view = runner.View();
    watcher->OnRollout(*view, runner.ended());
    if (runner.unreadable()) watcher->OnFailure(UnreadableError(runner));
  }
}

void Controller::EndStreams(const absl::Status& status) {
  ended_ = status;
  agents_.EndAll(status);
  for (const auto& [watcher, watching] : std::exchange(watches_, {})) watcher->OnFailure(status);
}

}  // namespace haldane::controller
