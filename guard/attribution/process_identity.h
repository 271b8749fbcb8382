#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace haldane::guard {

// A process at one moment of its life: what it ran when it was asked about.
struct ProcessName {
  uint32_t pid = 0;
  std::string comm;          // at most 15 bytes; may hold any byte
  std::string command_line;  // arguments joined by one space, as executed; at most 4 KiB; not masked
  bool truncated = false;    // the command line was longer
};

// Where in a shell script a command stands.
struct ScriptLine {
  enum class Kind {
    kUnknown,       // only the file is known (or nothing, when `file` is empty)
    kExact,         // the line holds the command
    kStatementEnd,  // last line of the statement (a loop, a heredoc) that ran it
    kCallSite,      // the line calls a function of the script, which ran it
  };
  std::string file;
  uint32_t line = 0;  // from 1; 0 with kUnknown
  Kind kind = Kind::kUnknown;
  std::string text;  // of that line, at most 512 bytes
};

// How an identity was found. Never a guess: what cannot be known is kNone.
enum class Attribution {
  kNone,       // unknown; pid is 0
  kFlow,       // by the flow of a query, recorded when it was sent
  kCookie,     // by the socket of a packet or call
  kExecCache,  // as kFlow or kCookie, of a process that has already exited
};

// Who did something, and on whose behalf.
struct ProcessIdentity {
  uint32_t pid = 0;  // of the process (thread group), in the host's numbering
  uint32_t tid = 0;
  uint32_t uid = 0;
  uint64_t start_ns = 0;  // of the process, since boot: pid and start name it for ever
  std::string executable;
  ProcessName name;
  // Parents, nearest first, up to and including the command that was launched;
  // at most 16.
  std::vector<ProcessName> ancestry;
  ScriptLine script;
  Attribution attribution = Attribution::kNone;
};

}  // namespace haldane::guard
