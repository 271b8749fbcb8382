#include "benchmarks/probes/gone.h"

#include <bpf/bpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "agent/probe/kernel_counters.h"
#include "agent/ruby/interpreter.h"
#include "base/file.h"
#include "base/unique_fd.h"
#include "benchmarks/probes/self.h"

namespace haldane::benchmarks {
namespace {

constexpr char kProbedRuby[] = "/usr/lib/x86_64-linux-gnu/libruby-3.1.so.3.1";
constexpr size_t kMaxRuby = 64 << 20;
constexpr int kProcesses = HALDANE_SLOTS;
constexpr int kRuns = 3;
constexpr int kNiceOfAgent = -10;
constexpr double kGivenUpNs = 30e9;

// Processes that map an interpreter, each with memory of its own: some do nothing, and
// one per processor does nothing else.
class MappingHerd {
 public:
  MappingHerd() {
    int told[2];
    if (pipe2(told, O_CLOEXEC) != 0) return;
    prctl(PR_SET_CHILD_SUBREAPER, 1);  // all of them are ours to wait for
    mother_ = fork();
    if (mother_ == 0) Begin(told[1]);
    close(told[1]);
    if (read(told[0], &told_, sizeof told_) != sizeof told_) told_ = {};
    close(told[0]);
  }
  ~MappingHerd() {
    if (mother_ <= 0) return;
    kill(-mother_, SIGKILL);
    while (waitpid(-mother_, nullptr, 0) > 0 || errno == EINTR) {
    }
    prctl(PR_SET_CHILD_SUBREAPER, 0);
  }

  int size() const { return told_.size; }
  // Whether the interpreter's code is another than in the file, in the first or the
  // last of them.
  bool HasBreakpoints(const std::string& file) const {
    std::string code(told_.bytes, '\0');
    for (const pid_t pid : {mother_, told_.last}) {
      const UniqueFd memory(open(absl::StrCat("/proc/", pid, "/mem").c_str(), O_RDONLY | O_CLOEXEC));
      const auto read = pread(memory.get(), code.data(), code.size(), static_cast<off_t>(told_.address));
      if (read == static_cast<ssize_t>(code.size()) && file.compare(told_.offset, code.size(), code) != 0)
        return true;
    }
    return false;
  }

 private:
  struct Told {
    unsigned long address = 0, bytes = 0, offset = 0;  // of the interpreter's code
    int size = 0;
    pid_t last = 0;
  };

  // As the dynamic linker maps it, data and all.
  static Told MapRuby() {
    Told told = {.size = 1};
    if (dlopen(kProbedRuby, RTLD_LAZY) == nullptr) return told;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      unsigned long start = 0, end = 0, offset = 0;
      if (line.find(kProbedRuby) == std::string::npos) continue;
      if (sscanf(line.c_str(), "%lx-%lx r-xp %lx", &start, &end, &offset) != 3) continue;
      told.address = start;
      told.bytes = end - start;
      told.offset = offset;
    }
    return told;
  }

  [[noreturn]] static void Begin(int tell) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    Told told = MapRuby();
    const int busy = static_cast<int>(std::thread::hardware_concurrency());
    while (told.size < kProcesses) {
      const pid_t child = fork();
      if (child < 0) break;
      while (child == 0) {
        if (told.size > busy) pause();
      }
      told.last = child;
      ++told.size;
    }
    (void)!write(tell, &told, sizeof told);
    for (;;) pause();
  }

  pid_t mother_ = -1;
  Told told_;
};

std::set<uint32_t> AllLinks() {
  std::set<uint32_t> links;
  for (uint32_t id = 0; bpf_link_get_next_id(id, &id) == 0;) links.insert(id);
  return links;
}

// A process of its own that attaches everything, and detaches it when told to.
class Attacher {
 public:
  explicit Attacher(const agent::Interpreter& interpreter) {
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) return;
    pid_ = fork();
    if (pid_ == 0) {
      close(to[1]);
      Run(interpreter, to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    to_ = UniqueFd(to[1]);
    char answer = 'n';
    (void)!read(from[0], &answer, 1);
    close(from[0]);
    is_ready_ = answer == 'y';
  }
  ~Attacher() {
    Kill();
    waitpid(pid_, nullptr, 0);
  }
  bool is_ready() const { return is_ready_; }
  void Detach() const { (void)!write(to_.get(), "d", 1); }
  void Kill() const { kill(pid_, SIGKILL); }

 private:
  [[noreturn]] static void Run(const agent::Interpreter& interpreter, int in, int out) {
    setpriority(PRIO_PROCESS, 0, kNiceOfAgent);
    auto counters = agent::KernelCounters::Create(HALDANE_SLOTS);
    const bool attached = counters.ok() && (*counters)->AttachKernelHooks().ok();
    if (attached) (*counters)->AttachInterpreter("ruby", kProbedRuby);
    const bool all = attached && (*counters)->AttachRaise("ruby", kProbedRuby, interpreter.raise).ok();
    (void)!write(out, all ? "y" : "n", 1);
    char told;
    if (all && read(in, &told, 1) == 1) (*counters)->DetachAll();
    for (;;) pause();
  }

  pid_t pid_ = -1;
  bool is_ready_ = false;
  UniqueFd to_;
};

// Milliseconds until nothing is left; negative when it could not be measured.
double GoneAfter(const agent::Interpreter& interpreter, const std::string& file, const MappingHerd& herd,
                 void (Attacher::*end)() const) {
  const std::set<uint32_t> before = AllLinks();
  const Attacher attacher(interpreter);
  std::set<uint32_t> links = AllLinks();
  for (const uint32_t id : before) links.erase(id);
  if (!attacher.is_ready() || links.empty() || !herd.HasBreakpoints(file)) return -1;
  const auto is_left = [&] {
    const std::set<uint32_t> now = AllLinks();
    return std::any_of(links.begin(), links.end(), [&](uint32_t id) { return now.count(id) > 0; }) ||
           herd.HasBreakpoints(file);
  };
  const double begin = NowNs();
  (attacher.*end)();
  while (is_left() && NowNs() - begin < kGivenUpNs) usleep(5000);
  return (NowNs() - begin) / 1e6;
}

}  // namespace

void MeasureGone(std::vector<Result>* results) {
  const auto interpreter = agent::ReadInterpreter(kProbedRuby);
  const auto file = ReadFile(kProbedRuby, kMaxRuby);
  if (!interpreter.ok() || !file.ok()) return;
  const MappingHerd herd;
  const struct {
    const char* how;
    void (Attacher::*end)() const;
  } ends[] = {{"being detached", &Attacher::Detach}, {"their process being killed", &Attacher::Kill}};
  for (const auto& [how, end] : ends) {
    double longest = 0;
    for (int i = 0; i < kRuns; ++i) {
      const double took = GoneAfter(*interpreter, *file, herd, end);
      if (took < 0) {
        fprintf(stderr, "bench-probes: cannot tell when probes are gone: they could not be attached\n");
        return;
      }
      longest = std::max(longest, took);
    }
    results->push_back({absl::StrFormat("probes in %d processes gone after %s", herd.size(), how), longest,
                        "ms", 1000, absl::StrFormat("the longest of %d, every processor busy", kRuns)});
  }
}

}  // namespace haldane::benchmarks
