#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "controller/fleet/fleet.h"
#include "controller/history/profile_learner.h"
#include "controller/history/profile_store.h"
#include "controller/history/self_test.h"
#include "controller/history/service_history.h"
#include "controller/metrics/metrics.h"
#include "haldane/v1/event.pb.h"
#include "haldane/v1/profile.pb.h"
#include "haldane/v1/rollout.pb.h"

namespace haldane::controller {

// Remembers what services do between rollouts, so that a rollout does not begin
// from nothing: the last ten minutes of every host, a profile of how hosts
// differ and counts vary, and how often a canary that is none is stopped.
//
// A service is followed from its first rollout on, or because somebody asked
// for it; at most kMaxServices are, the ones with the latest rollouts. Windows
// of ten minutes and self tests of twenty are cut by the wall clock, at times
// that differ from service to service, and not during its rollouts.
// Not thread-safe.
class Historian {
 public:
  static constexpr size_t kMaxServices = 256;
  // The least of a window that a person may ask to learn from, in seconds.
  static constexpr int kLeastSeconds = 120;

  // All outlive it.
  Historian(const Clock& clock, ProfileStore& store, Metrics& metrics);
  ~Historian();

  // Reads the profiles back. Once, before anything else.
  absl::Status Load();

  // Follows a service whatever its rollouts are.
  void Follow(const std::string& service);
  // A rollout was opened, was read back, or has ended.
  void NoteRollout(const haldane::v1::Rollout& rollout);

  // A second has passed. `busy`: services with a running rollout.
  void Tick(const Fleet& fleet, const std::set<std::string>& busy);

  // Services that are followed.
  std::set<std::string> services() const;
  // Change up to which the fleet's news have been taken in; kEverything while
  // nothing is followed.
  ChangeNumber cursor() const { return services_.empty() ? kEverything : cursor_; }

  // Fills in what is known as a rollout begins: profile and history.
  void Describe(haldane::v1::Created* created) const;

  // As the service Profiles says.
  haldane::v1::ListProfilesResponse List() const;
  absl::StatusOr<haldane::v1::Profile> Get(const std::string& service) const;
  absl::StatusOr<haldane::v1::Profile> Learn(const std::string& service);

 private:
  struct Service;

  Service& Find(const std::string& name);
  void MakeRoom();
  // The second that is passing, of the monotonic clock.
  int64_t Second() const;
  // Number of the service's present window.
  int64_t WindowNumber(const std::string& name) const;
  void TickService(const std::string& name, Service& service, bool busy);
  void EndWindow(const std::string& name, Service& service);
  void StartSelfTest(const std::string& name, Service& service, int64_t number);
  void EndSelfTest(const std::string& name, Service& service);
  absl::Status LearnFrom(const std::string& name, Service& service, int64_t turn, int least_seconds);
  absl::StatusOr<haldane::v1::Profile> StoredProfile(const std::string& name) const;
  absl::Status Store(const haldane::v1::Profile& profile);
  bool IsForgotten(const haldane::v1::Profile& profile) const;

  const Clock& clock_;
  ProfileStore& store_;
  Metrics& metrics_;
  ServiceHistory::HostBytes host_bytes_;
  std::map<std::string, std::unique_ptr<Service>> services_;
  std::map<std::string, haldane::v1::Profile> profiles_;  // without windows
  ChangeNumber cursor_ = 0;
  int64_t second_ = 0;  // that ended last; grows by one at least with every tick
  int64_t rollouts_noted_ = 0;
};

}  // namespace haldane::controller
