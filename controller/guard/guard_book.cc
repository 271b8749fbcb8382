#include "controller/guard/guard_book.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "controller/guard/run_check.h"
#include "controller/rollout/guard_ledger.h"
#include "google/protobuf/util/time_util.h"

namespace haldane::controller {
namespace {

using haldane::v1::GuardFindingOverHosts;
using haldane::v1::GuardRun;

constexpr uint32_t kDefaultListedRuns = 100;
constexpr uint32_t kMaxListedRuns = 1000;
constexpr int kMostHosts = 100;
// Of which findings are added up: one read of the store each.
constexpr size_t kMostRunsOfFindings = 500;

absl::StatusOr<uint32_t> LimitOf(uint32_t asked) {
  if (asked <= kMaxListedRuns) return asked == 0 ? kDefaultListedRuns : asked;
  return absl::InvalidArgumentError(
      absl::StrCat("limit is ", asked, ", at most ", kMaxListedRuns, " is allowed"));
}

bool Fits(absl::string_view wanted, absl::string_view value) { return wanted.empty() || wanted == value; }

absl::Status NoSuchRun(const std::string& run_id) {
  return absl::NotFoundError(absl::StrCat("there is no guarded run ", JsonQuote(run_id.substr(0, 100)),
                                          "; haldane guard list shows those that there are"));
}

void AddUp(const GuardRun& run, const haldane::v1::GuardFinding& finding, std::set<std::string>* hosts,
           GuardFindingOverHosts* row) {
  if (row->runs() == 0) {  // of the latest run
    *row->mutable_finding() = finding;
    *row->mutable_last_at() = run.received_at();
  } else {
    row->mutable_finding()->set_count(row->finding().count() + finding.count());
  }
  row->set_runs(row->runs() + 1);
  hosts->insert(run.host());
}

}  // namespace

absl::Status GuardBook::Load() {
  ASSIGN_OR_RETURN(std::vector<GuardRun> heads, store_.ListHeads());
  for (GuardRun& head : heads) Remember(std::move(head));
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> GuardBook::Report(GuardRun run, const haldane::v1::Principal& author) {
  RETURN_IF_ERROR(CheckGuardRun(run));
  const auto known = by_id_.find(run.run_id());
  if (known != by_id_.end()) {
    const GuardRun& head = known->second->head;
    if (head.host() != run.host() || head.service() != run.service()) {
      return absl::PermissionDeniedError(absl::StrCat(
          "run ", run.run_id(), " is known as one of another host or service; it stays what it is"));
    }
    if (head.revision() >= run.revision()) return head.revision();
  }
  *run.mutable_received_at() =
      google::protobuf::util::TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(clock_.Now()));
  *run.mutable_reported_by() = author;
  RETURN_IF_ERROR(store_.Put(run));
  const uint64_t revision = run.revision();
  GuardRun head = GuardLedger::Head(run);
  *head.mutable_received_at() = run.received_at();
  Remember(std::move(head));
  RETURN_IF_ERROR(ForgetOldest());
  return revision;
}

void GuardBook::Remember(GuardRun head) {
  const std::string run_id = head.run_id();
  if (const auto known = by_id_.find(run_id); known != by_id_.end()) runs_.erase(known->second);
  runs_.push_back({++changes_, std::move(head)});
  by_id_[run_id] = std::prev(runs_.end());
}

absl::Status GuardBook::ForgetOldest() {
  while (runs_.size() > kMostRuns) {
    const std::string run_id = runs_.front().head.run_id();
    RETURN_IF_ERROR(store_.Remove(run_id));
    by_id_.erase(run_id);
    runs_.pop_front();
  }
  return absl::OkStatus();
}

absl::StatusOr<haldane::v1::ListGuardRunsResponse> GuardBook::List(
    const haldane::v1::ListGuardRunsRequest& request, const Visible& visible) const {
  ASSIGN_OR_RETURN(const uint32_t limit, LimitOf(request.limit()));
  haldane::v1::ListGuardRunsResponse response;
  for (auto known = runs_.rbegin(); known != runs_.rend(); ++known) {
    if (static_cast<uint32_t>(response.runs_size()) >= limit) break;
    const GuardRun& head = known->head;
    if (Fits(request.deploy_id(), head.deploy_id()) && Fits(request.service(), head.service()) &&
        Fits(request.host(), head.host()) && visible(head.service())) {
      *response.add_runs() = head;
    }
  }
  return response;
}

absl::StatusOr<GuardRun> GuardBook::Get(const std::string& run_id, const Visible& visible) const {
  const auto known = by_id_.find(run_id);
  if (known == by_id_.end() || !visible(known->second->head.service())) return NoSuchRun(run_id);
  return store_.Get(run_id);
}

absl::StatusOr<haldane::v1::ListGuardFindingsResponse> GuardBook::ListFindings(
    const haldane::v1::ListGuardFindingsRequest& request, const Visible& visible) const {
  ASSIGN_OR_RETURN(const uint32_t limit, LimitOf(request.limit()));
  std::map<std::string, GuardFindingOverHosts> rows;
  std::map<std::string, std::set<std::string>> hosts;
  size_t read = 0;
  for (auto known = runs_.rbegin(); known != runs_.rend() && read < kMostRunsOfFindings; ++known) {
    const GuardRun& head = known->head;
    if (!Fits(request.deploy_id(), head.deploy_id()) || !Fits(request.service(), head.service())) continue;
    if (!visible(head.service())) continue;
    ++read;
    ASSIGN_OR_RETURN(const GuardRun run, store_.Get(head.run_id()));
    for (const haldane::v1::GuardFinding& finding : run.findings()) {
      AddUp(run, finding, &hosts[finding.id()], &rows[finding.id()]);
    }
  }
  std::vector<GuardFindingOverHosts> sorted;
  for (auto& [id, row] : rows) {
    for (const std::string& host : hosts[id]) {
      if (row.hosts_size() < kMostHosts) row.add_hosts(host);
    }
    sorted.push_back(std::move(row));
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const GuardFindingOverHosts& a, const GuardFindingOverHosts& b) {
                     return a.hosts_size() > b.hosts_size();
                   });
  haldane::v1::ListGuardFindingsResponse response;
  for (size_t i = 0; i < std::min<size_t>(sorted.size(), limit); ++i) {
    *response.add_findings() = std::move(sorted[i]);
  }
  return response;
}

std::vector<GuardRun> GuardBook::ReportedAfter(uint64_t* cursor, absl::string_view deploy_id,
                                               absl::string_view service, size_t limit) const {
  std::vector<GuardRun> reported;
  if (*cursor == changes_) return reported;
  // The latest are at the end, so that what was seen is not walked through.
  auto first = runs_.end();
  while (first != runs_.begin() && std::prev(first)->change > *cursor) --first;
  for (; first != runs_.end() && reported.size() < limit; ++first) {
    *cursor = first->change;
    const GuardRun& head = first->head;
    if (head.deploy_id() == deploy_id && Fits(head.service(), service)) reported.push_back(head);
  }
  return reported;
}

}  // namespace haldane::controller
