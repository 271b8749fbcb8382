#include "guard/attribution/process_table.h"

#include <gtest/gtest.h>
#include <string.h>

#include <string>

#include "bpf/abi/guard_event.h"

namespace haldane::guard {
namespace {

std::string ForkRecord(uint32_t pid, uint64_t start_ns, uint32_t parent, uint64_t parent_start_ns) {
  haldane_guard_fork fork = {};
  fork.event.kind = HALDANE_GUARD_FORK;
  fork.event.tgid = fork.event.tid = pid;
  fork.event.start_ns = start_ns;
  fork.parent_tgid = parent;
  fork.parent_start_ns = parent_start_ns;
  return std::string(reinterpret_cast<const char*>(&fork), sizeof fork);
}

// `arguments`: each with its NUL.
std::string ExecRecord(uint32_t pid, uint64_t start_ns, const std::string& path,
                       const std::string& arguments) {
  haldane_guard_exec exec = {};
  exec.event.kind = HALDANE_GUARD_EXEC;
  exec.event.tgid = exec.event.tid = pid;
  exec.event.start_ns = start_ns;
  exec.path_length = static_cast<uint32_t>(path.size()) + 1;
  exec.argument_length = exec.argument_total = static_cast<uint32_t>(arguments.size());
  strncpy(exec.comm, "x", sizeof exec.comm - 1);
  return std::string(reinterpret_cast<const char*>(&exec), sizeof exec) + path + '\0' + arguments;
}

std::string ExitRecord(uint32_t pid, uint64_t start_ns) {
  haldane_guard_event exit = {};
  exit.kind = HALDANE_GUARD_EXIT;
  exit.tgid = exit.tid = pid;
  exit.start_ns = start_ns;
  return std::string(reinterpret_cast<const char*>(&exit), sizeof exit);
}

std::string CommandLineOf(std::initializer_list<const char*> words) {
  std::string all;
  for (const char* word : words) all.append(word).push_back('\0');
  return all;
}

// No /proc: nothing but the records can answer.
class ProcessTableTest : public ::testing::Test {
 protected:
  std::string CommandOf(uint32_t pid, uint64_t start_ns) {
    return table_.Identify({pid, start_ns}, pid, 0, Attribution::kFlow).name.command_line;
  }
  ProcessTable table_{"/nonexistent"};
};

TEST_F(ProcessTableTest, ANumberThatIsUsedAgainIsAnotherProcess) {
  table_.Take(ExecRecord(7, 100, "/usr/bin/curl", CommandLineOf({"curl", "first"})));
  table_.Take(ExitRecord(7, 100));
  table_.Take(ForkRecord(7, 200, 1, 1));
  table_.Take(ExecRecord(7, 200, "/usr/bin/git", CommandLineOf({"git", "second"})));
  EXPECT_EQ(CommandOf(7, 100), "curl first") << "what it did is still told when it is gone";
  EXPECT_EQ(CommandOf(7, 200), "git second");
  EXPECT_EQ(CommandOf(7, 300), "") << "of a third nothing is known, and nothing is guessed";
}

TEST_F(ProcessTableTest, AProcessIsWhatItExecutedLastAndAForkItsParent) {
  table_.Take(ExecRecord(7, 100, "/bin/sh", CommandLineOf({"sh", "deploy.sh"})));
  table_.Take(ForkRecord(8, 150, 7, 100));
  EXPECT_EQ(CommandOf(8, 150), "sh deploy.sh");
  table_.Take(ExecRecord(8, 150, "/usr/bin/curl", CommandLineOf({"curl", "x"})));
  EXPECT_EQ(CommandOf(8, 150), "curl x");
  EXPECT_EQ(CommandOf(7, 100), "sh deploy.sh");
}

TEST_F(ProcessTableTest, RecordsThatLieAboutTheirLengthAreIgnored) {
  const std::string exec = ExecRecord(7, 100, "/usr/bin/curl", CommandLineOf({"curl", "x"}));
  for (size_t length = 0; length < exec.size(); ++length)
    table_.Take(absl::string_view(exec).substr(0, length));
  EXPECT_EQ(CommandOf(7, 100), "");
  table_.Take(exec);
  EXPECT_EQ(CommandOf(7, 100), "curl x");
}

}  // namespace
}  // namespace haldane::guard
