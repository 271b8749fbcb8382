#include "agent/discovery/labels.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/unique_fd.h"
#include "base/utf8.h"

namespace haldane::agent {
namespace {

constexpr size_t kMaxLabelBytes = 256;
constexpr size_t kMaxCgroupText = 1 << 20;

std::string CleanLabelValue(absl::string_view text) {
  std::string value;
  for (text = absl::StripAsciiWhitespace(text); !text.empty();) {
    const size_t length = Utf8Length(text);
    const bool is_printable = length > 0 && !absl::ascii_iscntrl(text[0]);
    const absl::string_view character = is_printable ? text.substr(0, length) : "?";
    if (value.size() + character.size() > kMaxLabelBytes) break;
    absl::StrAppend(&value, character);
    text.remove_prefix(is_printable ? length : 1);
  }
  return value;
}

// The first line of a regular file below the process's working directory. The
// folder belongs to somebody else and this process may read everything, so no
// link may lead out of it, and nothing that blocks is opened.
std::string FirstLineBelow(const std::string& folder, const std::string& name) {
  const UniqueFd directory(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return "";
  open_how how = {};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const UniqueFd file(
      static_cast<int>(syscall(SYS_openat2, directory.get(), name.c_str(), &how, sizeof(how))));
  struct stat about;
  if (!file.is_open() || fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) return "";
  char text[1024];
  const ssize_t size = pread(file.get(), text, sizeof(text), 0);
  if (size <= 0) return "";
  const absl::string_view start(text, static_cast<size_t>(size));
  return std::string(start.substr(0, start.find('\n')));
}

std::string LabelSource(const LabelRule& rule, const std::string& process, ProcessEnvironment* environment) {
  switch (rule.source) {
    case LabelRule::Source::kValue:
      return rule.argument;
    case LabelRule::Source::kEnvironment:
      return environment->Get(rule.argument).value_or("");
    case LabelRule::Source::kFile:
      return FirstLineBelow(absl::StrCat(process, "/cwd"), rule.argument);
    case LabelRule::Source::kCgroup:
      return CgroupName(ReadFile(absl::StrCat(process, "/cgroup"), kMaxCgroupText).value_or(""));
  }
  return "";
}

}  // namespace

bool IsInScope(const Scope& scope, ProcessEnvironment* environment) {
  for (const auto& [name, value] : scope.environment) {
    if (environment->Get(name) != value) return false;
  }
  return true;
}

std::vector<std::pair<std::string, std::string>> EvaluateLabels(const std::vector<LabelRule>& rules,
                                                                const std::string& process,
                                                                ProcessEnvironment* environment) {
  std::vector<std::pair<std::string, std::string>> labels;
  for (const LabelRule& rule : rules) {
    std::string value = CleanLabelValue(LabelSource(rule, process, environment));
    if (!value.empty()) labels.emplace_back(rule.name, std::move(value));
  }
  return labels;
}

std::string CgroupName(absl::string_view text) {
  std::string first;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    // HIERARCHY:CONTROLLERS:PATH; the unified hierarchy is 0 and names no controllers.
    const std::vector<absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (parts.size() != 3) continue;
    const absl::string_view path = absl::StripSuffix(parts[2], " (deleted)");
    const absl::string_view name = path.substr(path.rfind('/') + 1);
    if (name.empty()) continue;
    if (parts[0] == "0" && parts[1].empty()) return std::string(name);
    if (first.empty()) first = std::string(name);
  }
  return first;
}

}  // namespace haldane::agent
