#include "guard/record/recorder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "guard/record/event_text.h"

namespace haldane::guard {
namespace {

constexpr absl::string_view kWriteLost = "record";  // the site of our own failures to write

std::string Losses(const std::map<std::string, uint64_t>& lost) {
  JsonLine sites;
  for (const auto& [site, count] : lost) sites.Number(site, static_cast<int64_t>(count));
  return sites.Object();
}

absl::Status CannotWrite(const std::string& path, int error) {
  return absl::ErrnoToStatus(error, absl::StrCat("cannot write the record ", path,
                                                 "; give a path in an existing folder that is writable"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Recorder>> Recorder::Open(const std::string& path, RunInfo run,
                                                         const Clock& clock) {
  UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open()) return CannotWrite(path, errno);
  auto recorder = std::make_unique<Recorder>(std::move(file), std::move(run), clock);
  if (!recorder->complete()) return CannotWrite(path, EIO);
  return recorder;
}

Recorder::Recorder(UniqueFd file, RunInfo run, const Clock& clock)
    : file_(std::move(file)), run_(std::move(run)), clock_(clock) {
  JsonLine line = Head(clock_.Now(), EventKind::kGuard);
  line.Text("detail", "run begins").Text("policy", run_.policy).Text("mode", ModeName(run_.mode));
  if (!Write(line)) CountLost(kWriteLost, 1);
}

void Recorder::Take(const Event& event) {
  if (undeclared_) DeclareLoss();
  JsonLine line = Head(event.time == absl::InfinitePast() ? clock_.Now() : event.time, event.kind);
  AppendEvent(event, &line);
  if (Write(line)) {
    ++recorded_;
  } else {
    CountLost(kWriteLost, 1);
  }
}

void Recorder::CountLost(absl::string_view site, uint64_t lost) {
  if (lost == 0) return;
  lost_[std::string(site)] += lost;
  undeclared_ = true;
}

// Says what was lost until now.
void Recorder::DeclareLoss() {
  JsonLine line = Head(clock_.Now(), EventKind::kGuard);
  line.Text("detail", "events were lost").Flag("audit_complete", false).Raw("lost", Losses(lost_));
  if (Write(line)) undeclared_ = false;
}

absl::Status Recorder::Finish() {
  if (undeclared_) DeclareLoss();
  JsonLine line = Head(clock_.Now(), EventKind::kGuard);
  line.Text("detail", "run ends").Number("recorded", static_cast<int64_t>(recorded_));
  line.Flag("audit_complete", complete()).Raw("lost", Losses(lost_));
  if (!Write(line)) {
    CountLost(kWriteLost, 1);
    return absl::DataLossError("the end of the record could not be written; is the disk full?");
  }
  // Pipes and terminals cannot be synced and need not be.
  if (fsync(file_.get()) != 0 && errno != EINVAL && errno != EROFS) {
    return absl::ErrnoToStatus(errno, "cannot sync the record to disk");
  }
  return absl::OkStatus();
}

JsonLine Recorder::Head(absl::Time time, EventKind kind) {
  JsonLine line;
  line.Number("v", kRecordVersion);
  line.Text("ts", absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone()));
  line.Text("run_id", run_.run_id).Text("host", run_.host);
  line.TextIf("deploy_id", run_.deploy_id).TextIf("step", run_.step);
  line.Number("seq", static_cast<int64_t>(sequence_ + 1));
  line.Text("event", EventKindName(kind)).Text("method", run_.method);
  return line;
}

bool Recorder::Write(const JsonLine& line) {
  // A line torn by a full disk is ended first, so that it spoils no other.
  const std::string text = absl::StrCat(torn_ ? "\n" : "", line.Object(), "\n");
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = write(file_.get(), text.data() + written, text.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      torn_ = torn_ || written > 0;
      return false;
    }
    written += static_cast<size_t>(n);
  }
  torn_ = false;
  ++sequence_;
  return true;
}

}  // namespace haldane::guard
