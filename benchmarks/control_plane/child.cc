#include "benchmarks/control_plane/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace haldane::benchmarks {

Child::Child(std::vector<std::string> arguments, const std::string& ready) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  output_.reset(ends[0]);
  UniqueFd child_end(ends[1]);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(child_end.get(), STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  child_end.reset();
  char buffer[4096];
  for (ssize_t size;
       log_.find(ready) == std::string::npos && (size = read(output_.get(), buffer, sizeof(buffer))) > 0;) {
    log_.append(buffer, static_cast<size_t>(size));
  }
  reader_ = std::thread([this] {
    char discarded[65536];
    while (read(output_.get(), discarded, sizeof(discarded)) > 0) {
    }
  });
}

Child::~Child() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  reader_.join();
}

std::string Child::Field(const std::string& name) const {
  const std::string before = absl::StrCat("\"", name, "\":");
  size_t at = log_.rfind(before);
  if (at == std::string::npos) return "";
  at += before.size() + (log_[at + before.size()] == '"');
  return log_.substr(at, log_.find_first_of("\",}", at) - at);
}

double Child::CpuSeconds() const {
  std::ifstream file(absl::StrCat("/proc/", pid_, "/stat"));
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double Child::ResidentBytes() const {
  std::ifstream file(absl::StrCat("/proc/", pid_, "/statm"));
  double all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace haldane::benchmarks
