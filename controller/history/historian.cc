#include "controller/history/historian.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "controller/history/draw.h"
#include "controller/history/profile_windows.h"

namespace haldane::controller {
namespace {

constexpr int64_t kWindow = ProfileLearner::kWindowSeconds;
constexpr int64_t kWindowsPerTest = SelfTest::kSeconds / kWindow;
// A window that began late is no window.
constexpr int kMostLate = 30;
constexpr int64_t kAlways = std::numeric_limits<int64_t>::max();
// A label that no process has.
constexpr char kNoCanary[] = "-";

void AddLabel(absl::string_view name, absl::string_view value,
              google::protobuf::RepeatedPtrField<haldane::v1::Label>* labels) {
  haldane::v1::Label* const label = labels->Add();
  label->set_name(std::string(name));
  label->set_value(std::string(value));
}

}  // namespace

struct Historian::Service {
  explicit Service(ServiceHistory::HostBytes* host_bytes) : history(host_bytes) {}

  ServiceHistory history;
  haldane::v1::ExposureUnit exposure = haldane::v1::EXPOSURE_UNIT_REQUEST;
  std::unique_ptr<ProfileLearner> learner = std::make_unique<ProfileLearner>(exposure);
  std::unique_ptr<SelfTest> self_test;
  size_t canary_hosts = 0;  // in its latest rollout that had any
  int64_t window = 0;       // number of the present one; 0 before the first tick
  int64_t used = 0;         // when it was last rolled out, in rollouts noted
  bool busy = false;
};

Historian::Historian(const Clock& clock, ProfileStore& store, Metrics& metrics)
    : clock_(clock), store_(store), metrics_(metrics) {}

Historian::~Historian() = default;

absl::Status Historian::Load() {
  ASSIGN_OR_RETURN(std::vector<haldane::v1::Profile> profiles, store_.List());
  for (haldane::v1::Profile& profile : profiles) profiles_[profile.service()] = std::move(profile);
  return absl::OkStatus();
}

void Historian::Follow(const std::string& service) { Find(service).used = kAlways; }

void Historian::NoteRollout(const haldane::v1::Rollout& rollout) {
  if (rollout.plan().service().empty()) return;  // unreadable
  Service& service = Find(rollout.plan().service());
  if (service.used != kAlways) service.used = ++rollouts_noted_;
  if (rollout.plan().exposure() != service.exposure &&
      rollout.plan().exposure() != haldane::v1::EXPOSURE_UNIT_UNSPECIFIED) {
    service.exposure = rollout.plan().exposure();
    service.learner = std::make_unique<ProfileLearner>(service.exposure);
    service.self_test.reset();
  }
  const auto canaries =
      std::count_if(rollout.hosts().begin(), rollout.hosts().end(), [](const haldane::v1::HostView& host) {
        return host.cohort() == haldane::v1::HostView::COHORT_CANARY;
      });
  if (canaries > 0) service.canary_hosts = static_cast<size_t>(canaries);
}

Historian::Service& Historian::Find(const std::string& name) {
  const auto found = services_.find(name);
  if (found != services_.end()) return *found->second;
  if (services_.size() >= kMaxServices) MakeRoom();
  return *services_.emplace(name, std::make_unique<Service>(&host_bytes_)).first->second;
}

// The service that was not rolled out for the longest time is not followed any
// more; its profile stays.
void Historian::MakeRoom() {
  const auto oldest = std::min_element(services_.begin(), services_.end(), [](const auto& a, const auto& b) {
    return a.second->used < b.second->used;
  });
  LogWarning("service is not followed any more",
             {{"service", oldest->first}, {"hint", absl::StrCat("at most ", kMaxServices, " are")}});
  services_.erase(oldest);
}

std::set<std::string> Historian::services() const {
  std::set<std::string> names;
  for (const auto& [name, service] : services_) names.insert(name);
  return names;
}

int64_t Historian::Second() const { return std::max(absl::ToInt64Seconds(clock_.Monotonic()), second_); }

int64_t Historian::WindowNumber(const std::string& name) const {
  const auto phase = static_cast<int64_t>(NumberOf(name) % kWindow);
  return (absl::ToUnixSeconds(clock_.Now()) + phase) / kWindow;
}

void Historian::Tick(const Fleet& fleet, const std::set<std::string>& busy) {
  if (services_.empty()) return;
  ChangeNumber seen = cursor_;
  for (const auto& [name, service] : services_) {
    ServiceHistory& history = service->history;
    seen = fleet.Visit(name, cursor_,
                       [&history](const std::string& host, const AgentEpoch& epoch,
                                  const haldane::v1::ProcessSample& sample) {
                         history.Observe(host, epoch.number(), epoch.gaps(), sample);
                       });
  }
  cursor_ = seen;
  // Ticks that come a little early or late are seconds all the same.
  second_ = std::max(absl::ToInt64Seconds(clock_.Monotonic()), second_ + 1);
  for (auto& [name, service] : services_) TickService(name, *service, busy.count(name) > 0);
}

void Historian::TickService(const std::string& name, Service& service, bool busy) {
  const absl::Span<const SeriesSecond> second = service.history.EndSecond(second_);
  if (busy != service.busy) {
    // Neither the last seconds before a rollout nor the first ones after it are
    // quiet: what has begun is dropped.
    service.learner->StartAfresh();
    service.self_test.reset();
    service.busy = busy;
  }
  const int64_t window = WindowNumber(name);
  const bool next = window != service.window;
  if (!busy) {
    service.learner->Observe(second);
    if (service.self_test != nullptr) service.self_test->Observe(second, clock_.Now());
    if (next && service.window != 0) EndWindow(name, service);
    if (service.self_test != nullptr && service.self_test->done()) EndSelfTest(name, service);
    if (next && service.window != 0 && window % kWindowsPerTest == 0) {
      StartSelfTest(name, service, window / kWindowsPerTest);
    }
  }
  service.window = window;
}

void Historian::EndWindow(const std::string& name, Service& service) {
  const absl::Status status = LearnFrom(name, service, service.window, kWindow - kMostLate);
  if (absl::IsFailedPrecondition(status)) return;  // too little: nothing is wrong
  if (!status.ok()) LogWarning("profile not stored", {{"service", name}, {"why", status.message()}});
}

absl::Status Historian::LearnFrom(const std::string& name, Service& service, int64_t turn,
                                  int least_seconds) {
  ASSIGN_OR_RETURN(haldane::v1::Profile profile, StoredProfile(name));
  const auto windows = service.learner->Close(profile, turn, least_seconds);
  if (!windows.ok()) {
    // What is too little for this window must not be added to the next.
    if (least_seconds > kLeastSeconds) service.learner->StartAfresh();
    return windows.status();
  }
  AddWindows(*windows, clock_.Now(), &profile);
  return Store(profile);
}

absl::StatusOr<haldane::v1::Profile> Historian::StoredProfile(const std::string& name) const {
  absl::StatusOr<haldane::v1::Profile> profile = store_.Get(name);
  if (!absl::IsNotFound(profile.status())) return profile;
  haldane::v1::Profile empty;
  empty.set_service(name);
  return empty;
}

absl::Status Historian::Store(const haldane::v1::Profile& profile) {
  if (absl::Status status = store_.Put(profile); !status.ok()) {
    metrics_.store_failures.Increment();
    return status;
  }
  profiles_[profile.service()] = WithoutWindows(profile);
  return absl::OkStatus();
}

void Historian::StartSelfTest(const std::string& name, Service& service, int64_t number) {
  const std::string& revision = service.learner->revision();
  const SelfTest::Cast cast = SelfTest::Draw(service.history.HostsOf(revision, Second()),
                                             service.canary_hosts, NumberOf(absl::StrCat(name, "/", number)));
  if (cast.canary.empty()) return;
  std::vector<std::string> hosts = cast.canary;
  hosts.insert(hosts.end(), cast.baseline.begin(), cast.baseline.end());
  std::sort(hosts.begin(), hosts.end());
  haldane::v1::Plan plan = SelfTest::PlanOf(service.exposure);
  plan.set_service(name);
  AddLabel(kNoCanary, "", plan.mutable_canary());
  if (!revision.empty()) AddLabel("revision", revision, plan.mutable_baseline());
  const auto profile = profiles_.find(name);
  service.self_test = std::make_unique<SelfTest>(
      service.exposure, revision, cast, profile == profiles_.end() ? haldane::v1::Profile() : profile->second,
      service.history.Extract(plan, Second(), hosts));
}

void Historian::EndSelfTest(const std::string& name, Service& service) {
  const std::vector<SelfTest::Outcome> outcomes = std::exchange(service.self_test, nullptr)->outcomes();
  absl::StatusOr<haldane::v1::Profile> profile = StoredProfile(name);
  if (outcomes.empty() || !profile.ok()) return;
  for (const SelfTest::Outcome& outcome : outcomes) {
    haldane::v1::SignalProfile* const entry = EntryOf(outcome.signal, &*profile);
    const bool was_broken = entry->broken_promise();
    AddSelfTest(outcome.stopped, SelfTest::kLevel, entry);
    metrics_.self_tests(name, outcome.signal, outcome.stopped).Increment();
    if (entry->broken_promise() == was_broken) continue;
    LogWarning(was_broken ? "false-stop promise kept again" : "false-stop promise broken",
               {{"service", name},
                {"signal", outcome.signal},
                {"stops", entry->self_stops()},
                {"tests", entry->self_tests()},
                {"promised", SelfTest::kLevel},
                {"hint", was_broken ? "judged as usual from now on"
                                    : "judged by the exact permutation test until it is kept again"}});
  }
  if (absl::Status status = Store(*profile); !status.ok()) {
    LogWarning("profile not stored", {{"service", name}, {"why", status.message()}});
  }
}

// True of a profile whose last window is too old to say anything.
bool Historian::IsForgotten(const haldane::v1::Profile& profile) const {
  const int64_t age = absl::ToUnixSeconds(clock_.Now()) - profile.updated_at().seconds();
  return age > absl::ToInt64Seconds(LongestMemory());
}

void Historian::Describe(haldane::v1::Created* created) const {
  const std::string& name = created->plan().service();
  const auto profile = profiles_.find(name);
  if (profile != profiles_.end() && !IsForgotten(profile->second)) {
    *created->mutable_profile() = profile->second;
  }
  const auto service = services_.find(name);
  if (service == services_.end()) return;
  haldane::v1::History history = service->second->history.Extract(created->plan(), Second());
  if (!history.hosts().empty()) *created->mutable_history() = std::move(history);
}

haldane::v1::ListProfilesResponse Historian::List() const {
  haldane::v1::ListProfilesResponse response;
  for (const auto& [service, profile] : profiles_) *response.add_profiles() = profile;
  return response;
}

absl::StatusOr<haldane::v1::Profile> Historian::Get(const std::string& service) const {
  absl::StatusOr<haldane::v1::Profile> profile = store_.Get(service);
  if (!absl::IsNotFound(profile.status())) return profile;
  const bool followed = services_.count(service) > 0;
  return absl::NotFoundError(absl::StrCat(
      "there is no profile of service ", JsonQuote(service.substr(0, 200)),
      followed ? ": it is learned from windows of ten minutes between rollouts, and none has passed yet"
               : ": a service is followed from its first rollout on, or with --watch_always"));
}

absl::StatusOr<haldane::v1::Profile> Historian::Learn(const std::string& service) {
  const auto found = services_.find(service);
  if (found == services_.end()) {
    return absl::NotFoundError(
        absl::StrCat("service ", JsonQuote(service.substr(0, 200)),
                     " is not followed: it is from its first rollout on, or with --watch_always"));
  }
  if (found->second->busy) {
    return absl::FailedPreconditionError(
        absl::StrCat("a rollout of service ", service, " is running: nothing is learned from one"));
  }
  RETURN_IF_ERROR(Annotate(LearnFrom(service, *found->second, WindowNumber(service), kLeastSeconds),
                           absl::StrCat("service ", service)));
  return Get(service);
}

}  // namespace haldane::controller
