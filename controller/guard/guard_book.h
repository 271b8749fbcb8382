#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "controller/guard/guard_run_store.h"
#include "haldane/v1/guard.pb.h"
#include "haldane/v1/guard_run.pb.h"
#include "haldane/v1/override.pb.h"

namespace haldane::controller {

// The guarded runs that hosts have reported: the latest kMostRuns of them. Of
// those their lists are in the store only. Belongs to the controller's loop.
class GuardBook {
 public:
  // Both outlive it.
  GuardBook(const Clock& clock, GuardRunStore& store) : clock_(clock), store_(store) {}

  // Reads the runs back. Once, before anything else.
  absl::Status Load();

  // A report, of which nothing was checked, by `author`, who may report it.
  // Returns the revision that is stored. Fails as CheckGuardRun, with
  // PERMISSION_DENIED when the run is another host's or service's, and as the store.
  absl::StatusOr<uint64_t> Report(haldane::v1::GuardRun run, const haldane::v1::Principal& author);

  // True for services that the caller may see.
  using Visible = std::function<bool(absl::string_view service)>;
  // As the service Guard has them.
  absl::StatusOr<haldane::v1::ListGuardRunsResponse> List(const haldane::v1::ListGuardRunsRequest& request,
                                                          const Visible& visible) const;
  absl::StatusOr<haldane::v1::GuardRun> Get(const std::string& run_id, const Visible& visible) const;
  absl::StatusOr<haldane::v1::ListGuardFindingsResponse> ListFindings(
      const haldane::v1::ListGuardFindingsRequest& request, const Visible& visible) const;

  // Runs of this deploy that name this service or none and were reported after
  // `*cursor`, the oldest first, without lists; moves the cursor past them. At
  // most `limit`.
  std::vector<haldane::v1::GuardRun> ReportedAfter(uint64_t* cursor, absl::string_view deploy_id,
                                                   absl::string_view service, size_t limit) const;

  static constexpr size_t kMostRuns = 10'000;

 private:
  struct Known {
    uint64_t change = 0;  // grows with every report of any run
    haldane::v1::GuardRun head;
  };
  using Runs = std::list<Known>;  // the latest reported last

  void Remember(haldane::v1::GuardRun head);
  absl::Status ForgetOldest();

  const Clock& clock_;
  GuardRunStore& store_;
  Runs runs_;
  std::map<std::string, Runs::iterator> by_id_;
  uint64_t changes_ = 0;
};

}  // namespace haldane::controller
