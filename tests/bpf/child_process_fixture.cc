#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/bpf/child_process.h"

namespace haldane::agent {

ChildProcess::ChildProcess(const std::vector<std::string>& command) {
  int input[2], output[2];
  if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0) abort();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  EXPECT_EQ(posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ), 0) << command[0];
  posix_spawn_file_actions_destroy(&actions);
  close(input[0]);
  close(output[1]);
  to_child_.reset(input[1]);
  from_child_.reset(output[0]);
}

ChildProcess::~ChildProcess() {
  if (reaped_.value) return;
  Kill(SIGKILL);
  Wait();
}

uint64_t ChildProcess::start_ns() const { return StartOf(pid()); }

void ChildProcess::Write(const std::string& text) {
  ASSERT_EQ(write(to_child_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

std::string ChildProcess::ReadLine() {
  for (;;) {
    const size_t end = unread_.find('\n');
    if (end != std::string::npos) {
      const std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    char buffer[4096];
    const ssize_t n = read(from_child_.get(), buffer, sizeof buffer);
    if (n <= 0) return "";
    unread_.append(buffer, static_cast<size_t>(n));
  }
}

std::string ChildProcess::ReadUntil(const std::string& text) {
  std::string line, seen;
  do {
    line = ReadLine();
    seen += line + "\n";
    if (line.find(text) != std::string::npos) return line;
  } while (!line.empty());
  ADD_FAILURE() << "no line has \"" << text << "\":\n" << seen;
  return "";
}

void ChildProcess::Kill(int signal) { kill(pid_, signal); }

int ChildProcess::Wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  reaped_.value = true;
  return status;
}

uint64_t StartOf(uint32_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (text.empty()) return 0;
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string word;
  for (int field = 3; field < 22; ++field) fields >> word;
  uint64_t ticks = 0;
  fields >> ticks;
  return ticks * (1'000'000'000ull / static_cast<uint64_t>(sysconf(_SC_CLK_TCK)));
}

RubyChild::RubyChild() : ChildProcess({"ruby", "-W0", HALDANE_TEST_RUBY "/evaluate.rb"}) {
  ReadUntil("ready");
}

std::string RubyChild::Eval(const std::string& line) {
  Write(line + "\n");
  const std::string answer = ReadLine();
  EXPECT_EQ(answer.find(".rb:"), std::string::npos) << line << " failed: " << answer;
  return answer;
}

}  // namespace haldane::agent
