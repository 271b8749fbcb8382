#include "benchmarks/probes/application.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "agent/probe/kernel_counters.h"
#include "agent/probe/process_stat.h"
#include "agent/ruby/interpreter.h"
#include "base/unique_fd.h"
#include "benchmarks/probes/self.h"

namespace haldane::benchmarks {
namespace {

constexpr char kLibruby[] = "/usr/lib/x86_64-linux-gnu/libruby-3.1.so.3.1";
constexpr int kPairs = 12;
constexpr double kRequestsPerSecond = 1000;
// Besides the program, a hit of an uprobe is a trap: see the first result.
constexpr double kTrapNs = 650;

// Puma on a port of its choice.
class Puma {
 public:
  Puma() {
    int output[2];
    if (pipe2(output, O_CLOEXEC) != 0) return;
    pid_ = fork();
    if (pid_ == 0) {
      dup2(output[1], STDOUT_FILENO);
      execlp("puma", "puma", "--bind", "tcp://127.0.0.1:0", "--no-config", "--environment", "production",
             "--threads", "2:2", HALDANE_BENCH_APP, nullptr);
      _exit(127);
    }
    close(output[1]);
    output_ = fdopen(output[0], "r");
    char line[512];
    while (output_ != nullptr && fgets(line, sizeof line, output_) != nullptr) {
      const std::string text = line;
      const size_t at = text.find("127.0.0.1:");
      if (at != std::string::npos) port_ = std::stoi(text.substr(at + 10));
      if (text.find("Ctrl-C") != std::string::npos) break;
    }
  }
  ~Puma() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    if (output_ != nullptr) fclose(output_);
  }
  uint32_t pid() const { return static_cast<uint32_t>(pid_); }
  int port() const { return port_; }

 private:
  pid_t pid_ = -1;
  FILE* output_ = nullptr;
  int port_ = 0;
};

struct Loaded {
  double rate = 0;    // requests per second; 0 when wrk says nothing
  double cpu_us = 0;  // processor time of the application per request
};

double CpuUs(const Puma& puma) {
  const auto stat = agent::ReadProcessStat(puma.pid());
  return stat ? static_cast<double>(stat->cpu_us) : 0;
}

Loaded Load(const Puma& puma, int seconds) {
  const std::string command =
      absl::StrFormat("wrk -t1 -c4 -d%ds http://127.0.0.1:%d/ 2>/dev/null", seconds, puma.port());
  const double before = CpuUs(puma);
  FILE* wrk = popen(command.c_str(), "r");
  Loaded loaded;
  if (wrk == nullptr) return loaded;
  double requests = 0;
  char line[256];
  while (fgets(line, sizeof line, wrk) != nullptr) {
    (void)sscanf(line, " %lf requests in", &requests);
    (void)sscanf(line, "Requests/sec: %lf", &loaded.rate);
  }
  pclose(wrk);
  if (requests > 0) loaded.cpu_us = (CpuUs(puma) - before) / requests;
  return loaded;
}

struct Sums {
  double ns = 0;
  double hits = 0;
};

Sums StatsOf(agent::KernelCounters* counters, bool uprobes_only) {
  Sums sums;
  for (const agent::ProbeGroup* group : counters->Groups()) {
    const absl::string_view name = group->name();
    const bool is_uprobe = name == "exceptions" || name == "loads" || name == "gc_pause";
    if (uprobes_only && !is_uprobe) continue;
    sums.ns += static_cast<double>(group->RunStats().run_time_ns);
    sums.hits += static_cast<double>(group->RunStats().run_count);
  }
  return sums;
}

}  // namespace

void MeasureApplication(std::vector<Result>* results) {
  const Puma puma;
  const auto interpreter = agent::ReadInterpreter(kLibruby);
  auto counters = agent::KernelCounters::Create(HALDANE_SLOTS);
  const auto stat = agent::ReadProcessStat(puma.pid());
  if (puma.port() == 0 || !interpreter.ok() || !counters.ok() || !stat) return;
  const auto attach = [&] {
    (void)(*counters)->AttachKernelHooks();
    (*counters)->AttachInterpreter("ruby", kLibruby);
    (void)(*counters)->AttachRaise("ruby", kLibruby, interpreter->raise);
    (*counters)->DetachWitnesses("ruby");  // they are gone once the probe is known to fire
    (void)(*counters)->Watch(puma.pid(), stat->start_ns);
  };
  (void)Load(puma, 2);
  std::vector<double> rates, costs, bare;
  for (int i = 0; i < kPairs; ++i) {
    Loaded with, without;
    for (int half = 0; half < 2; ++half) {
      const bool attached = (half + i) % 2 == 0;  // each comes first as often
      if (attached) attach();
      (attached ? with : without) = Load(puma, 2);
      if (attached) (*counters)->DetachAll();
    }
    if (without.rate <= 0 || without.cpu_us <= 0) continue;
    rates.push_back(with.rate / without.rate);
    costs.push_back(with.cpu_us / without.cpu_us);
    bare.push_back(without.cpu_us);
  }
  if (rates.empty()) return;
  const auto extremes = [](const std::vector<double>& values) {
    return absl::StrFormat("%d pairs in turn, %.3f to %.3f", static_cast<int>(values.size()),
                           *std::min_element(values.begin(), values.end()),
                           *std::max_element(values.begin(), values.end()));
  };
  results->push_back({"processor time of a request with everything attached, of without", Median(costs), "x",
                      0, absl::StrFormat("%s; without %.0f us", extremes(costs), Median(bare))});
  results->push_back({"throughput of a Rack application with everything attached, of without", Median(rates),
                      "x", 0, extremes(rates)});

  attach();
  const UniqueFd statistics(bpf_enable_stats(BPF_STATS_RUN_TIME));
  const auto requests = [&] {
    for (const agent::ProcessReading& reading : (*counters)->Read()) {
      if (reading.pid == puma.pid()) return static_cast<double>(reading.http_requests);
    }
    return 0.0;
  };
  const double before = requests();
  const Sums all_before = StatsOf(counters->get(), false), uprobes_before = StatsOf(counters->get(), true);
  (void)Load(puma, 3);
  const Sums all = StatsOf(counters->get(), false), uprobes = StatsOf(counters->get(), true);
  const double count = requests() - before;
  if (count <= 0) return;
  const double programs_ns = (all.ns - all_before.ns) / count;
  const double traps_ns = (uprobes.hits - uprobes_before.hits) / count * kTrapNs;
  std::vector<double> polls;
  for (int i = 0; i < 20; ++i) {
    const double begin = ThreadCpuNs();
    (void)(*counters)->Read();
    polls.push_back(ThreadCpuNs() - begin);
  }
  const double share = ((programs_ns + traps_ns) * kRequestsPerSecond + Median(polls)) / 1e9 * 100;
  results->push_back(
      {"probes and polling at 1,000 requests/s, of a core", share, "%", 1,
       absl::StrFormat("per request: programs %.0f ns, traps %.0f ns, %.1f hits; a poll %.0f us", programs_ns,
                       traps_ns, (all.hits - all_before.hits) / count, Median(polls) / 1e3)});
}

}  // namespace haldane::benchmarks
