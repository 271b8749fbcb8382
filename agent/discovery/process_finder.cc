#include "agent/discovery/process_finder.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "agent/discovery/labels.h"
#include "agent/discovery/process_environment.h"
#include "agent/ruby/process_memory.h"
#include "base/file.h"

namespace haldane::agent {
namespace {

constexpr size_t kMaxStatText = 4096;
constexpr uint8_t kBreakpoint = 0xcc;  // int3, what a uprobe is
// No Ruby interpreter is smaller, so a process whose address space has grown by
// less since it was examined has not loaded one.
constexpr uint64_t kSmallestInterpreter = 1 << 20;

std::vector<uint32_t> ListPids(const std::string& proc) {
  std::vector<uint32_t> pids;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(proc.c_str()), &closedir);
  if (folder == nullptr) return pids;
  while (const dirent* entry = readdir(folder.get())) {
    uint32_t pid = 0;
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && absl::SimpleAtoi(entry->d_name, &pid)) {
      pids.push_back(pid);
    }
  }
  std::sort(pids.begin(), pids.end());
  return pids;
}

bool IsAlive(const ProcStat& stat) {
  // Kernel threads and processes that have released their memory have no binary.
  return stat.state != 'Z' && stat.state != 'X' && stat.memory_bytes > 0;
}

}  // namespace

ProcessFinder::ProcessFinder(std::string proc, Scope scope, std::vector<LabelRule> rules)
    : proc_(std::move(proc)), scope_(std::move(scope)), rules_(std::move(rules)) {}

std::vector<RubyProcess> ProcessFinder::Scan() {
  unreadable_ = 0;
  std::vector<RubyProcess> found;
  std::map<uint32_t, Examined> previous;
  previous.swap(processes_);
  for (const uint32_t pid : ListPids(proc_)) {
    const std::optional<ProcStat> stat = ReadStat(pid);
    if (!stat || !IsAlive(*stat)) continue;
    const auto known = previous.find(pid);
    std::optional<Examined> examined;
    if (known != previous.end() && known->second.stat.SameImage(*stat) &&
        (known->second.mapping ||
         stat->memory_bytes < known->second.stat.memory_bytes + kSmallestInterpreter)) {
      examined = std::move(known->second);
    } else {
      examined = Examine(pid, *stat);
    }
    if (!examined) continue;
    if (examined->ruby) found.push_back(*examined->ruby);
    processes_.emplace(pid, *std::move(examined));
  }
  return found;
}

void ProcessFinder::Forget(uint32_t pid) { processes_.erase(pid); }

absl::StatusOr<std::string> ProcessFinder::OpenablePath(const BinaryKey& key) const {
  for (const auto& [pid, examined] : processes_) {
    auto path = OpenablePathOf(pid, key);
    if (path.ok()) return path;
  }
  return absl::NotFoundError("no live process maps this interpreter");
}

absl::StatusOr<std::string> ProcessFinder::OpenablePathOf(uint32_t pid, const BinaryKey& key) const {
  const auto known = processes_.find(pid);
  if (known != processes_.end() && known->second.ruby && known->second.ruby->binary == key) {
    auto path = haldane::agent::OpenablePathOf(Folder(pid), *known->second.mapping);
    struct stat about;
    if (path.ok() && stat(path->c_str(), &about) == 0 && about.st_ino == key.inode &&
        static_cast<uint64_t>(about.st_size) == key.size) {
      return path;
    }
  }
  return absl::NotFoundError("the process does not map this interpreter");
}

absl::Status ProcessFinder::CheckBreakpoints(uint32_t pid, uint64_t start_ns, const RaiseProbe& probe) const {
  const auto known = processes_.find(pid);
  if (known == processes_.end() || known->second.stat.start_ns != start_ns || !known->second.mapping) {
    return absl::NotFoundError("the process is not known");
  }
  absl::Status missing;
  for (const ProbePoint& point : probe.points) {
    const std::optional<uint64_t> address = known->second.mapping->AddressOf(point.file_offset);
    uint8_t instruction = 0;
    if (!address || !ProcessMemory(pid).Read(*address, &instruction, sizeof(instruction))) {
      return absl::NotFoundError("the place of the probe cannot be read");
    }
    if (instruction != kBreakpoint) {
      missing = absl::FailedPreconditionError(
          absl::StrCat("process ", pid, " has no breakpoint at 0x", absl::Hex(*address)));
    }
  }
  const std::optional<ProcStat> now = ReadStat(pid);
  if (!now || !now->SameImage(known->second.stat)) return absl::NotFoundError("the process has changed");
  return missing;
}

std::string ProcessFinder::Folder(uint32_t pid) const { return absl::StrCat(proc_, "/", pid); }

std::optional<ProcStat> ProcessFinder::ReadStat(uint32_t pid) const {
  const auto text = ReadFile(absl::StrCat(Folder(pid), "/stat"), kMaxStatText);
  if (!text.ok()) return std::nullopt;
  return ParseProcStat(*text);
}

std::optional<ProcessFinder::Examined> ProcessFinder::Examine(uint32_t pid, const ProcStat& stat) {
  const std::string folder = Folder(pid);
  const auto mappings = ReadExecutableMappings(folder);
  if (!mappings.ok()) {
    if (!absl::IsNotFound(mappings.status())) ++unreadable_;
    return std::nullopt;
  }
  Examined examined{.stat = stat};
  for (const FileMapping& mapping : *mappings) {
    const auto path = haldane::agent::OpenablePathOf(folder, mapping);
    if (!path.ok()) continue;
    const std::optional<BinaryKey> binary = binaries_.Examine(*path, mapping.path);
    if (!binary) continue;
    examined.mapping = mapping;
    ProcessEnvironment environment(folder, pid);
    if (IsInScope(scope_, &environment)) {
      examined.ruby = RubyProcess{.pid = pid,
                                  .start_ns = stat.start_ns,
                                  .labels = EvaluateLabels(rules_, folder, &environment),
                                  .binary = *binary};
    }
    break;
  }
  // All of the above was read by pid: it belongs together only if the pid still
  // means the same process, running the same program.
  const std::optional<ProcStat> now = ReadStat(pid);
  if (!now || !now->SameImage(stat)) return std::nullopt;
  return examined;
}

}  // namespace haldane::agent
