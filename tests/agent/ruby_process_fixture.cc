#include "tests/agent/ruby_process_fixture.h"

#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "agent/discovery/proc_stat.h"
#include "base/file.h"
#include "gtest/gtest.h"

namespace haldane::agent {
namespace {

std::string FirstMatch(const std::string& pattern) {
  glob_t found = {};
  std::string path;
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0 && found.gl_pathc > 0) path = found.gl_pathv[0];
  globfree(&found);
  return path;
}

std::string RepositoryRoot() { return HALDANE_REPOSITORY; }

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& argv, const Options& options) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) std::abort();
  std::vector<std::string> variables = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  for (const auto& [name, value] : options.environment) variables.push_back(name + "=" + value);
  std::vector<char*> args, environment;
  for (const std::string& arg : argv) args.push_back(const_cast<char*>(arg.c_str()));
  for (const std::string& variable : variables) environment.push_back(const_cast<char*>(variable.c_str()));
  args.push_back(nullptr);
  environment.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    setpgid(0, 0);
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    if (chdir(options.working_directory.c_str()) != 0) _exit(126);
    environ = environment.data();  // its PATH is the one to be searched
    execvp(args[0], args.data());
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  to_child_ = in[1];
  from_child_ = out[0];
}

ChildProcess::~ChildProcess() {
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);  // if it has not come to make a group
  waitpid(pid_, nullptr, 0);
  close(to_child_);
  close(from_child_);
}

std::string ChildProcess::ReadLine() {
  for (;;) {
    const size_t end = pending_.find('\n');
    if (end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return line;
    }
    pollfd output = {.fd = from_child_, .events = POLLIN};
    if (poll(&output, 1, 60'000) == 0) {
      ADD_FAILURE() << "the child has printed nothing for a minute";
      return "";
    }
    char buffer[4096];
    const ssize_t size = read(from_child_, buffer, sizeof(buffer));
    if (size <= 0) return "";
    pending_.append(buffer, static_cast<size_t>(size));
  }
}

void ChildProcess::WriteLine(const std::string& line) {
  const std::string text = line + "\n";
  EXPECT_EQ(write(to_child_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

std::optional<std::string> RubyOfSuite(const std::string& suite, std::string* why) {
  const std::string folder = RepositoryRoot() + "/build/rubies/" + suite;
  const std::string command = RepositoryRoot() + "/scripts/fetch-ruby.sh " + suite + " " + folder + " 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> output(popen(command.c_str(), "r"), &pclose);
  if (output == nullptr) return std::nullopt;
  char line[1024];
  while (fgets(line, sizeof(line), output.get()) != nullptr) *why = line;
  if (access((folder + "/complete").c_str(), F_OK) != 0) return std::nullopt;
  return folder + "/run-ruby";
}

std::string LibrubyOfSuite(const std::string& starter) {
  const std::string root = starter.substr(0, starter.rfind('/'));
  return FirstMatch(root + "/usr/lib/x86_64-linux-gnu/libruby-*.so.?.?");
}

std::string MachineLibruby() { return FirstMatch("/usr/lib/x86_64-linux-gnu/libruby-*.so.?.?"); }

uint64_t StartOf(uint32_t pid) {
  const auto text = ReadFile("/proc/" + std::to_string(pid) + "/stat", 4096);
  const auto stat = text.ok() ? ParseProcStat(*text) : std::nullopt;
  return stat ? stat->start_ns : 0;
}

}  // namespace haldane::agent
