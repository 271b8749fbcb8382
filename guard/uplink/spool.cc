#include "guard/uplink/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace haldane::guard {
namespace {

constexpr absl::string_view kReport = ".report";
constexpr absl::string_view kAlive = ".alive";
constexpr absl::string_view kRefused = ".refused";
constexpr size_t kLongestReport = 2 << 20;
constexpr size_t kLongestRefusal = 16 << 10;

absl::Status WriteWhole(const std::string& path, absl::string_view bytes) {
  const std::string next = absl::StrCat(path, ".", getpid(), ".next");
  UniqueFd file(open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.is_open()) return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", next));
  const bool written = write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
                       rename(next.c_str(), path.c_str()) == 0;
  if (written) return absl::OkStatus();
  const absl::Status failure = absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", path));
  unlink(next.c_str());
  return failure;
}

}  // namespace

Spool::Spool(absl::string_view out) : folder_(absl::StrCat(out, "/spool")) {}

std::string Spool::File(const std::string& run_id, absl::string_view ending) const {
  return absl::StrCat(folder_, "/", run_id, ending);
}

absl::Status Spool::Put(const haldane::v1::GuardRun& run) const {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) return absl::InternalError(absl::StrCat("cannot make ", folder_, ": ", error.message()));
  const std::string path = File(run.run_id(), kReport);
  if (access(path.c_str(), F_OK) != 0) {
    const std::vector<std::string> waiting = Waiting();
    if (waiting.size() >= kMostReports) Remove(waiting.front());
  }
  return WriteWhole(path, run.SerializeAsString());
}

std::vector<std::string> Spool::Waiting() const {
  std::vector<std::pair<std::filesystem::file_time_type, std::string>> found;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(folder_, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() != std::string(kReport)) continue;
    std::error_code gone;  // sent at this moment
    const auto time = entry->last_write_time(gone);
    if (!gone) found.emplace_back(time, entry->path().stem().string());
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> run_ids;
  for (auto& [time, run_id] : found) run_ids.push_back(std::move(run_id));
  return run_ids;
}

absl::StatusOr<haldane::v1::GuardRun> Spool::Read(const std::string& run_id) const {
  const std::string path = File(run_id, kReport);
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kLongestReport));
  haldane::v1::GuardRun run;
  if (run.ParseFromString(bytes) && run.run_id() == run_id) return run;
  return absl::DataLossError(absl::StrCat(path, " is not the report of a run: delete it"));
}

void Spool::Remove(const std::string& run_id) const {
  unlink(File(run_id, kReport).c_str());
  unlink(File(run_id, kAlive).c_str());
}

absl::StatusOr<UniqueFd> Spool::HoldAlive(const std::string& run_id) const {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  const std::string path = File(run_id, kAlive);
  UniqueFd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.is_open() || flock(file.get(), LOCK_SH | LOCK_NB) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot hold ", path));
  }
  return file;
}

bool Spool::IsAlive(const std::string& run_id) const {
  const UniqueFd file(open(File(run_id, kAlive).c_str(), O_RDWR | O_CLOEXEC));
  return file.is_open() && flock(file.get(), LOCK_EX | LOCK_NB) != 0;
}

void Spool::Refuse(const std::string& run_id, absl::string_view why) const {
  WriteWhole(File(run_id, kRefused), why).IgnoreError();  // it is said where it is read
  Remove(run_id);
}

std::string Spool::TakeRefusal(const std::string& run_id) const {
  const std::string path = File(run_id, kRefused);
  const absl::StatusOr<std::string> why = ReadFile(path, kLongestRefusal);
  unlink(path.c_str());
  return why.value_or("");
}

bool IsFinal(const haldane::v1::GuardRun& run) { return run.state() != haldane::v1::GUARD_RUN_STATE_RUNNING; }

}  // namespace haldane::guard
