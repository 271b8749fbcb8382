#include "guard/report/baseline.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace haldane::guard {
namespace {

constexpr size_t kBaselineBytes = 16 << 20;

absl::Status CannotSave(const std::string& path) {
  return absl::ErrnoToStatus(errno,
                             absl::StrCat("cannot write ", path, "; names will stay new until it can be"));
}

}  // namespace

absl::StatusOr<std::set<std::string>> LoadBaseline(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kBaselineBytes));
  std::set<std::string> names;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) names.emplace(line);
  return names;
}

bool IsGood(const Summary& summary) {
  return summary.facts.exit_code == 0 && summary.facts.complete && summary.blocked_domains() == 0 &&
         summary.would_block_domains() == 0;
}

absl::Status SaveBaselineIfGood(const std::string& path, const Summary& summary) {
  if (!IsGood(summary)) return absl::OkStatus();
  std::string text;
  for (const auto& [name, use] : summary.domains) {
    if (use.worst == Action::kAllowed) absl::StrAppend(&text, name, "\n");
  }
  const std::string temporary = absl::StrCat(path, ".", getpid());
  const UniqueFd file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open()) return CannotSave(temporary);
  const bool written = write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (written && fsync(file.get()) == 0 && rename(temporary.c_str(), path.c_str()) == 0)
    return absl::OkStatus();
  const absl::Status failure = CannotSave(path);
  unlink(temporary.c_str());
  return failure;
}

}  // namespace haldane::guard
