#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "guard/attribution/process_identity.h"

namespace haldane::guard {

// A process for ever: numbers are used again, but not with the same start.
struct ProcessKey {
  uint32_t pid = 0;
  uint64_t start_ns = 0;  // since boot

  friend bool operator==(const ProcessKey& a, const ProcessKey& b) {
    return a.pid == b.pid && a.start_ns == b.start_ns;
  }
  template <typename H>
  friend H AbslHashValue(H h, const ProcessKey& key) {
    return H::combine(std::move(h), key.pid, key.start_ns);
  }
};

// Every process that is or was in a run, from the records of bpf/guard_processes.bpf.c:
// also those that were gone before anybody could have looked at /proc. Belongs
// to one event loop. Holds the last 32,768 that ended.
class ProcessTable {
 public:
  // `proc`: where the host's /proc is mounted.
  explicit ProcessTable(std::string proc);

  // The command that was launched: the last of every ancestry.
  void Add(uint32_t root_pid) { root_pid_ = root_pid; }
  // A record of kind FORK, EXEC or EXIT; others and malformed ones are ignored.
  void Take(absl::string_view record);

  // Who `key` is. `how` is what to say of a process that still lives. When
  // nothing is known of it: /proc, if the process there has the same start;
  // otherwise only the numbers.
  ProcessIdentity Identify(ProcessKey key, uint32_t tid, uint32_t uid, Attribution how);

  // Who has this number now. Only of a process that is known to live.
  ProcessIdentity IdentifyNow(uint32_t pid);

 private:
  // What a process executes; children share it until they execute something else.
  struct Program {
    std::string comm, executable, command_line, name;  // name: last part of its first argument
    std::string script;                                // file that an interpreter was given, or empty
    bool truncated = false;
  };
  // Where a shell stood in its script when it made a process.
  struct ScriptPlace {
    uint64_t inode = 0;  // 0: it reads none
    uint64_t offset = 0;
    std::string file_name;
  };
  struct Process {
    std::shared_ptr<const Program> program;
    ProcessKey parent;
    ScriptPlace made_at;    // by its parent
    bool executed = false;  // runs a program of its own, not its parent's copy
    bool exited = false;
  };
  struct Script {
    std::string path, text;
  };

  void TakeFork(absl::string_view record);
  void TakeExec(absl::string_view record);
  void TakeExit(absl::string_view record);
  // From /proc, when the process there is the one of the key.
  Process* LookUp(ProcessKey key);
  Process* Find(ProcessKey key);
  Process* FindOrLookUp(ProcessKey key);
  Process& Insert(ProcessKey key);
  ProcessName NameOf(ProcessKey key, const Process& process) const;
  ScriptLine ScriptOf(ProcessKey key, const Process& process);
  const Script* ReadScript(uint64_t inode, ProcessKey shell, const Process& shell_process);

  const std::string proc_;
  absl::flat_hash_map<ProcessKey, std::unique_ptr<Process>> processes_;
  std::deque<ProcessKey> ended_;
  absl::flat_hash_map<uint64_t, Script> scripts_;  // by inode
  uint32_t root_pid_ = 0;
};

}  // namespace haldane::guard
