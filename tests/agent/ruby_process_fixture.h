#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace haldane::agent {

// A child process with its standard input and output as pipes; killed with the
// object, along with whatever it has started.
class ChildProcess {
 public:
  struct Options {
    // Added to the environment, which is otherwise empty but for PATH.
    std::vector<std::pair<std::string, std::string>> environment;
    std::string working_directory = "/";
  };

  // Runs argv[0] with these arguments.
  explicit ChildProcess(const std::vector<std::string>& argv) : ChildProcess(argv, Options()) {}
  ChildProcess(const std::vector<std::string>& argv, const Options& options);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  uint32_t pid() const { return static_cast<uint32_t>(pid_); }
  // The next line that it prints, without its end; "" when it prints no more,
  // or nothing for a minute.
  std::string ReadLine();
  void WriteLine(const std::string& line);

 private:
  pid_t pid_ = -1;
  int to_child_ = -1;
  int from_child_ = -1;
  std::string pending_;
};

// The starter of another suite's Ruby, unpacked by scripts/fetch-ruby.sh. None
// when it cannot be had; `why` then says so.
std::optional<std::string> RubyOfSuite(const std::string& suite, std::string* why);

// The libruby that the starter above runs.
std::string LibrubyOfSuite(const std::string& starter);

// The machine's own libruby.
std::string MachineLibruby();

// The start of a live process as RubyProcess has it.
uint64_t StartOf(uint32_t pid);

}  // namespace haldane::agent
