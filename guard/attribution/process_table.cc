#include "guard/attribution/process_table.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "bpf/abi/guard_event.h"
#include "guard/attribution/proc_files.h"
#include "guard/attribution/script_text.h"

namespace haldane::guard {
namespace {

constexpr size_t kEndedKept = 32768;
constexpr size_t kAncestors = 16;
constexpr size_t kChainLimit = 256;  // a bound for walks, whatever the records say
constexpr size_t kScriptBytes = 4 << 20;
constexpr size_t kScriptsKept = 256;
constexpr size_t kCommandLineKept = HALDANE_GUARD_ARGUMENTS_LENGTH;

template <typename T>
bool CopyRecord(absl::string_view record, T* to) {
  if (record.size() < sizeof *to) return false;
  memcpy(to, record.data(), sizeof *to);
  return true;
}

std::string UntilNul(const char* text, size_t limit) { return std::string(text, strnlen(text, limit)); }

bool HasInode(const std::string& path, uint64_t inode) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_ino == inode;
}

}  // namespace

ProcessTable::ProcessTable(std::string proc) : proc_(std::move(proc)) {}

void ProcessTable::Take(absl::string_view record) {
  haldane_guard_event event;
  if (!CopyRecord(record, &event)) return;
  if (event.kind == HALDANE_GUARD_FORK) TakeFork(record);
  if (event.kind == HALDANE_GUARD_EXEC) TakeExec(record);
  if (event.kind == HALDANE_GUARD_EXIT) TakeExit(record);
}

void ProcessTable::TakeFork(absl::string_view record) {
  haldane_guard_fork fork;
  if (!CopyRecord(record, &fork)) return;
  const ProcessKey parent_key = {fork.parent_tgid, fork.parent_start_ns};
  const Process* parent = FindOrLookUp(parent_key);
  const std::shared_ptr<const Program> program = parent == nullptr ? nullptr : parent->program;
  const bool read_now = parent != nullptr && parent->executed && fork.script_inode != 0;
  if (read_now) ReadScript(fork.script_inode, parent_key, *parent);  // while the shell lives

  Process& child = Insert({fork.event.tgid, fork.event.start_ns});
  child.parent = parent_key;
  child.program = program;
  child.made_at = {fork.script_inode, fork.script_offset,
                   UntilNul(fork.script_name, sizeof fork.script_name)};
}

void ProcessTable::TakeExec(absl::string_view record) {
  haldane_guard_exec exec;
  if (!CopyRecord(record, &exec)) return;
  const absl::string_view tail = record.substr(sizeof exec);
  if (exec.path_length > tail.size() || exec.argument_length > tail.size() - exec.path_length) return;
  const absl::string_view path = tail.substr(0, exec.path_length);
  const absl::string_view arguments = tail.substr(exec.path_length, exec.argument_length);

  auto program = std::make_shared<Program>();
  program->comm = UntilNul(exec.comm, sizeof exec.comm);
  program->executable = UntilNul(path.data(), path.size());
  program->truncated = exec.argument_total > exec.argument_length;
  program->command_line = JoinArguments(arguments, kCommandLineKept);
  program->script = ScriptOfArguments(arguments);
  program->name = std::string(LastPart(UntilNul(arguments.data(), arguments.size())));

  const ProcessKey key = {exec.event.tgid, exec.event.start_ns};
  Process* process = Find(key);
  if (process == nullptr) {
    process = &Insert(key);
    process->parent = {exec.parent_tgid, exec.parent_start_ns};
  }
  process->program = std::move(program);
  process->executed = true;
}

void ProcessTable::TakeExit(absl::string_view record) {
  haldane_guard_event event;
  if (!CopyRecord(record, &event)) return;
  const ProcessKey key = {event.tgid, event.start_ns};
  Process* process = Find(key);
  if (process == nullptr || process->exited) return;
  process->exited = true;
  ended_.push_back(key);
  if (ended_.size() <= kEndedKept) return;
  processes_.erase(ended_.front());
  ended_.pop_front();
}

ProcessTable::Process& ProcessTable::Insert(ProcessKey key) {
  std::unique_ptr<Process>& process = processes_[key];
  process = std::make_unique<Process>();
  return *process;
}

ProcessTable::Process* ProcessTable::Find(ProcessKey key) {
  const auto found = processes_.find(key);
  return found == processes_.end() ? nullptr : found->second.get();
}

ProcessTable::Process* ProcessTable::FindOrLookUp(ProcessKey key) {
  Process* process = Find(key);
  return process != nullptr ? process : LookUp(key);
}

ProcessTable::Process* ProcessTable::LookUp(ProcessKey key) {
  if (key.pid == 0) return nullptr;
  const std::optional<ProcProcess> found = ReadProcess(proc_, key.pid);
  if (!found.has_value() || !SameStart(key.start_ns, found->start_ns)) return nullptr;
  auto program = std::make_shared<Program>();
  program->comm = found->comm;
  program->executable = found->executable;
  program->truncated = found->arguments.size() > kCommandLineKept;
  program->command_line = JoinArguments(found->arguments, kCommandLineKept);
  program->script = ScriptOfArguments(found->arguments);
  program->name = std::string(LastPart(found->arguments.substr(0, found->arguments.find('\0'))));
  const std::optional<ProcProcess> parent = ReadProcess(proc_, found->parent);
  Process& process = Insert(key);
  process.program = std::move(program);
  process.executed = true;
  if (parent.has_value()) process.parent = {found->parent, parent->start_ns};
  return &process;
}

ProcessName ProcessTable::NameOf(ProcessKey key, const Process& process) const {
  ProcessName name;
  name.pid = key.pid;
  if (process.program == nullptr) return name;
  name.comm = process.program->comm;
  name.command_line = process.program->command_line;
  name.truncated = process.program->truncated;
  return name;
}

ProcessIdentity ProcessTable::Identify(ProcessKey key, uint32_t tid, uint32_t uid, Attribution how) {
  ProcessIdentity identity;
  if (key.pid == 0) return identity;
  identity.pid = key.pid;
  identity.tid = tid;
  identity.uid = uid;
  identity.start_ns = key.start_ns;
  identity.name.pid = key.pid;
  identity.attribution = how;
  const Process* process = FindOrLookUp(key);
  if (process == nullptr) return identity;
  identity.name = NameOf(key, *process);
  if (process->program != nullptr) identity.executable = process->program->executable;
  if (process->exited) identity.attribution = Attribution::kExecCache;
  identity.script = ScriptOf(key, *process);
  ProcessKey next = process->parent;
  bool at_root = key.pid == root_pid_;
  while (!at_root && identity.ancestry.size() < kAncestors) {
    const Process* ancestor = FindOrLookUp(next);
    if (ancestor == nullptr) break;
    identity.ancestry.push_back(NameOf(next, *ancestor));
    at_root = next.pid == root_pid_;
    next = ancestor->parent;
  }
  return identity;
}

ProcessIdentity ProcessTable::IdentifyNow(uint32_t pid) {
  // /proc's start is coarser than the records', which are preferred.
  const std::optional<ProcProcess> now = ReadProcess(proc_, pid);
  if (!now.has_value()) return {};
  for (const auto& [key, process] : processes_) {
    if (key.pid == pid && SameStart(key.start_ns, now->start_ns)) {
      return Identify(key, pid, 0, Attribution::kCookie);
    }
  }
  return Identify({pid, now->start_ns}, pid, 0, Attribution::kCookie);
}

ScriptLine ProcessTable::ScriptOf(ProcessKey key, const Process& process) {
  // Up to the nearest process that a shell made while it read a script itself:
  // copies of a shell (subshells) do not read on, and know nothing better.
  std::vector<std::string> programs;
  const Process* child = &process;
  for (size_t i = 0; i < kChainLimit; i++) {
    if (child->executed && child->program != nullptr) programs.push_back(child->program->name);
    const Process* shell = FindOrLookUp(child->parent);
    if (shell == nullptr) break;
    if (shell->executed && child->made_at.inode != 0) {
      const Script* script = ReadScript(child->made_at.inode, child->parent, *shell);
      ScriptLine line;
      if (script != nullptr) line = LineAt(script->text, child->made_at.offset, programs);
      line.file = script != nullptr ? script->path : child->made_at.file_name;
      return line;
    }
    child = shell;
  }
  // Interpreters that do not say where they stand: the file is known at least.
  ScriptLine line;
  const Process* each = &process;
  for (size_t i = 0; i < kChainLimit && each != nullptr; i++) {
    if (each->program != nullptr && !each->program->script.empty()) {
      line.file = each->program->script;
      break;
    }
    if (key.pid == root_pid_) break;
    key = each->parent;
    each = FindOrLookUp(key);
  }
  return line;
}

const ProcessTable::Script* ProcessTable::ReadScript(uint64_t inode, ProcessKey shell,
                                                     const Process& process) {
  const auto known = scripts_.find(inode);
  if (known != scripts_.end()) return &known->second;
  if (scripts_.size() >= kScriptsKept) return nullptr;
  // From the shell that reads it; or when that is gone by the path that it was
  // given, which the launched command's directory completes. The inode proves
  // that it is the file.
  std::string path = absl::StrCat(proc_, "/", shell.pid, "/fd/255");
  if (!HasInode(path, inode)) {
    path = process.program == nullptr ? "" : process.program->script;
    if (path.empty() || !HasInode(path, inode)) return nullptr;
  }
  const absl::StatusOr<std::string> text = ReadFile(path, kScriptBytes);
  char absolute[PATH_MAX];
  if (!text.ok() || realpath(path.c_str(), absolute) == nullptr) return nullptr;
  Script& script = scripts_[inode];
  script.path = absolute;
  script.text = *text;
  return &script;
}

}  // namespace haldane::guard
