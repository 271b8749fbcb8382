#include "benchmarks/probes/polls.h"

#include <bpf/bpf.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "agent/probe/process_stat.h"
#include "agent/ruby/interpreter.h"
#include "benchmarks/probes/self.h"
#include "bpf/haldane.skel.h"

namespace haldane::benchmarks {
namespace {

constexpr char kPolledRuby[] = "/usr/lib/x86_64-linux-gnu/libruby-3.1.so.3.1";
constexpr size_t kStack = 16 * 1024;

void Ignore(int) {}

int Idle(void*) {
  for (;;) pause();
}

// Processes that share this one's memory and do nothing: each costs the machine a few
// kilobytes. A signal is an event to be counted.
class Herd {
 public:
  explicit Herd(int count) {
    signal(SIGUSR1, Ignore);
    stacks_ = static_cast<char*>(mmap(nullptr, kStack * static_cast<size_t>(count), PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (int i = 0; i < count; ++i) {
      const pid_t pid =
          clone(Idle, stacks_ + kStack * static_cast<size_t>(i + 1), CLONE_VM | SIGCHLD, nullptr);
      if (pid > 0) pids_.push_back(pid);
    }
    size_ = kStack * static_cast<size_t>(count);
  }
  ~Herd() {
    for (const pid_t pid : pids_) kill(pid, SIGKILL);
    for (const pid_t pid : pids_) waitpid(pid, nullptr, 0);
    munmap(stacks_, size_);
  }
  size_t size() const { return pids_.size(); }
  void Poke(size_t count) {
    for (size_t i = 0; i < count; ++i) kill(pids_[i], SIGUSR1);
    usleep(300'000);  // until all have run; more is no harm
  }

 private:
  char* stacks_;
  size_t size_ = 0;
  std::vector<pid_t> pids_;
};

double CpuOfRead(agent::KernelCounters* counters, Herd* herd, size_t changed) {
  std::vector<double> costs;
  for (int i = 0; i < 7; ++i) {
    if (changed > 0) herd->Poke(changed);
    const double begin = ThreadCpuNs();
    (void)counters->Read();
    costs.push_back((ThreadCpuNs() - begin) / 1e3);
  }
  return Median(costs);
}

double ResidentMb() {
  const auto stat = agent::ReadProcessStat(static_cast<uint32_t>(getpid()));
  return stat ? static_cast<double>(stat->rss_bytes) / 1e6 : 0;
}

// What the kernel holds for the maps.
double MapMb(const bpf_object* object) {
  double bytes = 0;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    std::ifstream info(absl::StrCat("/proc/self/fdinfo/", bpf_map__fd(map)));
    for (std::string word; info >> word;) {
      double locked = 0;
      if (word == "memlock:" && info >> locked) bytes += locked;
    }
  }
  return bytes / 1e6;
}

}  // namespace

void MeasurePolls(std::vector<Result>* results) {
  for (const int count : {16, 256, 4096}) {
    double memory = -ResidentMb();
    auto counters = CountersWithOnly("signals");
    memory += ResidentMb();
    Herd herd(count - 1);    // and this process
    memory -= ResidentMb();  // what the herd itself takes is not ours
    // All are looked at once when they are new.
    for (int i = 0; i < 3; ++i) (void)counters->Read();
    const double none = CpuOfRead(counters.get(), &herd, 0);
    const double tenth = CpuOfRead(counters.get(), &herd, herd.size() / 10);
    const double all = CpuOfRead(counters.get(), &herd, herd.size());
    const std::string processes = absl::StrFormat("%d processes", static_cast<int>(herd.size() + 1));
    const double bound = count == 4096 ? 1000 : 0;
    results->push_back({absl::StrCat("a poll of ", processes, ", none changed"), none, "us", bound, ""});
    results->push_back({absl::StrCat("a poll of ", processes, ", a tenth changed"), tenth, "us", bound, ""});
    results->push_back({absl::StrCat("a poll of ", processes, ", all changed"), all, "us", 0, ""});
    if (count != 4096) continue;
    results->push_back({absl::StrCat("memory for ", processes),
                        memory + ResidentMb() + MapMb(counters->programs()->obj), "MB", 64,
                        absl::StrFormat("maps in the kernel %.1f MB; the rest of the agent is not in it",
                                        MapMb(counters->programs()->obj))});
  }
}

void MeasureAttaching(std::vector<Result>* results) {
  const auto interpreter = agent::ReadInterpreter(kPolledRuby);
  if (!interpreter.ok()) return;
  auto counters = agent::KernelCounters::Create(HALDANE_SLOTS);
  if (!counters.ok()) return;
  std::vector<double> attach, detach;
  for (int i = 0; i < 5; ++i) {
    double begin = NowNs();
    if (!(*counters)->AttachKernelHooks().ok()) return;
    (*counters)->AttachInterpreter("ruby", kPolledRuby);
    (void)(*counters)->AttachRaise("ruby", kPolledRuby, interpreter->raise);
    attach.push_back((NowNs() - begin) / 1e6);
    begin = NowNs();
    (*counters)->DetachAll();
    detach.push_back((NowNs() - begin) / 1e6);
  }
  results->push_back({"attaching everything", Median(attach), "ms", 0, ""});
  results->push_back({"detaching everything", Median(detach), "ms", 1000, ""});
  if (!(*counters)->AttachKernelHooks().ok()) return;
  (*counters)->AttachInterpreter("ruby", kPolledRuby);
  (void)(*counters)->AttachRaise("ruby", kPolledRuby, interpreter->raise);
  for (agent::ProbeGroup* group : (*counters)->Groups()) {
    if (!group->attached()) continue;
    const double begin = NowNs();
    group->Detach(haldane::v1::SignalGap::CAUSE_NOT_WANTED, "measured");
    results->push_back({absl::StrCat("detaching ", group->name()), (NowNs() - begin) / 1e6, "ms", 0, ""});
  }
}

}  // namespace haldane::benchmarks
