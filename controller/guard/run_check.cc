#include "controller/guard/run_check.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "controller/host_name.h"

namespace haldane::controller {
namespace {

constexpr size_t kMostId = 64;
constexpr size_t kMostDeploy = 128;
constexpr size_t kMostRunText = 256;
constexpr size_t kMostFailure = 2000;
constexpr size_t kMostBytes = 1 << 20;

bool IsName(absl::string_view text, size_t most) {
  return !text.empty() && text.size() <= most && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
  });
}

absl::Status RunName(absl::string_view field, absl::string_view text, size_t most) {
  if (IsName(text, most)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("run.", field, " is ", JsonQuote(text.substr(0, 100)),
                                                 "; it must be 1 to ", most,
                                                 " letters, digits, '.', '_' and '-'"));
}

absl::Status RunText(absl::string_view field, absl::string_view text, size_t most) {
  if (text.size() <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("run.", field, " has ", text.size(), " bytes; at most ", most, " are allowed"));
}

absl::Status RunEntries(absl::string_view field, int count, int most) {
  if (count <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("run.", field, " has ", count, " entries; at most ", most, " are allowed"));
}

bool IsState(haldane::v1::GuardRunState state) {
  return state > haldane::v1::GUARD_RUN_STATE_UNSPECIFIED && state <= haldane::v1::GUARD_RUN_STATE_LOST;
}

}  // namespace

absl::Status CheckGuardRun(const haldane::v1::GuardRun& run) {
  absl::Status status = RunName("run_id", run.run_id(), kMostId);
  if (!IsHostName(run.host())) {
    status.Update(absl::InvalidArgumentError(absl::StrCat(
        "run.host is ", JsonQuote(run.host().substr(0, 100)), "; it must be the name of a host")));
  }
  if (!run.deploy_id().empty()) status.Update(RunName("deploy_id", run.deploy_id(), kMostDeploy));
  status.Update(RunText("step", run.step(), kMostRunText));
  status.Update(RunText("service", run.service(), kMostRunText));
  status.Update(RunText("policy", run.policy(), kMostRunText));
  status.Update(RunText("failure", run.failure(), kMostFailure));
  if (!IsState(run.state())) {
    status.Update(absl::InvalidArgumentError(
        "run.state is not one that this controller knows: upgrade the controller"));
  }
  status.Update(RunEntries("domains", run.domains_size(), 500));
  status.Update(RunEntries("findings", run.findings_size(), 200));
  status.Update(RunEntries("raw_addresses", run.raw_addresses_size(), 100));
  status.Update(RunEntries("strays", run.strays_size(), 50));
  status.Update(RunEntries("lost", run.lost_size(), 100));
  status.Update(RunEntries("peaks", run.peaks_size(), 100));
  status.Update(RunEntries("health", run.health_size(), 100));
  status.Update(RunEntries("events", run.events_size(), 200));
  if (run.ByteSizeLong() > kMostBytes) {
    status.Update(absl::InvalidArgumentError(
        absl::StrCat("run has ", run.ByteSizeLong(), " bytes; at most ", kMostBytes, " are allowed")));
  }
  return status;
}

}  // namespace haldane::controller
