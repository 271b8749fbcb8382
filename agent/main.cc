// haldane-agent: counts what Ruby processes on this host do, when the
// controller asks for it. This file lists what the daemon is made of.
#include <errno.h>
#include <grpc/support/log.h>
#include <prometheus/exposer.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/agent.h"
#include "agent/budget/governor.h"
#include "agent/command_line.h"
#include "agent/config.h"
#include "agent/discovery/process_finder.h"
#include "agent/host.h"
#include "agent/kernel/compatibility.h"
#include "agent/metrics.h"
#include "agent/privileges.h"
#include "agent/probe/process_counters.h"
#include "agent/ruby/class_names.h"
#include "agent/ruby_processes.h"
#include "agent/service_manager.h"
#include "agent/uplink/uplink.h"
#include "base/build_info.h"
#include "base/file.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "base/task_loop.h"

namespace haldane::agent {
namespace {

constexpr char kProc[] = "/proc";
constexpr int kNice = -10;
constexpr size_t kMaxConfigBytes = 1 << 20;
constexpr size_t kMaxReasonBytes = 2048;  // the kernel's verifier can be wordy; the controller takes 4096

int Fail(int code, absl::string_view what) {
  fprintf(stderr, "haldane-agent: %s\n", std::string(what).c_str());
  return code;
}

// The signals that the daemon acts on, blocked in every thread that is started
// from now on, so that only WaitForStop sees them.
sigset_t BlockSignals() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGUSR1);
  sigaddset(&stop, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return stop;
}

// Until SIGTERM or SIGINT. SIGUSR1 kills all probes, SIGUSR2 allows them again.
void WaitForStop(const sigset_t& signals, const std::function<void(bool killed)>& kill) {
  for (;;) {
    int number = 0;
    if (sigwait(&signals, &number) != 0) continue;
    if (number == SIGTERM || number == SIGINT) {
      LogInfo("stopping", {{"signal", number}});
      return;
    }
    kill(number == SIGUSR1);
  }
}

// What it may cost is bounded by its budget; on an overloaded host it must get to its
// switches all the same. Unless somebody has given it another priority.
void TakePriority() {
  if (getpriority(PRIO_PROCESS, 0) != 0 || setpriority(PRIO_PROCESS, 0, kNice) == 0) return;
  LogWarning("runs with an ordinary priority",
             {{"reason", strerror(errno)}, {"hint", "on an overloaded host it will detach later"}});
}

// What gRPC has to say, in our own form.
void LogOfGrpc(gpr_log_func_args* args) {
  if (args->severity == GPR_LOG_SEVERITY_ERROR) LogWarning("grpc", {{"message", args->message}});
}

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxConfigBytes));
  return ParseConfig(text, path);
}

// The programs, or null with the reason in `compatibility`: the agent then
// still tells the controller what runs here, and why it does not count.
std::unique_ptr<ProcessCounters> LoadCounters(haldane::v1::Compatibility* compatibility) {
  if (compatibility->profile() == haldane::v1::Compatibility::PROFILE_DISABLED) return nullptr;
  absl::StatusOr<std::unique_ptr<ProcessCounters>> counters = ProcessCounters::Create();
  if (counters.ok()) return *std::move(counters);
  compatibility->set_profile(haldane::v1::Compatibility::PROFILE_DISABLED);
  haldane::v1::Compatibility::Missing* missing = compatibility->add_missing();
  missing->set_capability("bpf_programs");
  missing->set_reason(std::string(counters.status().message().substr(0, kMaxReasonBytes)));
  missing->set_remedy(
      "run the agent as root, or with CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN, on Linux 5.10 or later with "
      "BTF");
  return nullptr;
}

void LogCompatibility(const haldane::v1::Compatibility& compatibility) {
  const auto missing = absl::StrJoin(compatibility.missing(), "; ", [](std::string* out, const auto& one) {
    absl::StrAppend(out, one.capability(), ": ", one.reason(), " -> ", one.remedy());
  });
  const LogLevel level = compatibility.profile() == haldane::v1::Compatibility::PROFILE_FULL ? LogLevel::kInfo
                         : compatibility.profile() == haldane::v1::Compatibility::PROFILE_DISABLED
                             ? LogLevel::kError
                             : LogLevel::kWarning;
  Log(level, "compatibility",
      {{"profile", haldane::v1::Compatibility::Profile_Name(compatibility.profile())},
       {"kernel", compatibility.kernel_release()},
       {"missing", missing}});
}

// At once, and from then on.
void Repeat(TaskLoop* loop, absl::Duration period, std::function<void()> task) {
  loop->Post([loop, period, task = std::move(task)] {
    task();
    loop->PostAfter(period, [=] { Repeat(loop, period, task); });
  });
}

int Run(const Config& config) {
  const sigset_t signals = BlockSignals();
  gpr_set_log_function(LogOfGrpc);

  const absl::StatusOr<std::string> boot_id = ReadBootId(kProc);
  if (!boot_id.ok()) return Fail(kExitFailure, boot_id.status().message());
  const absl::StatusOr<uint64_t> epoch = DrawEpoch();
  if (!epoch.ok()) return Fail(kExitFailure, epoch.status().message());

  haldane::v1::Hello hello;
  hello.set_host(config.host);
  hello.set_agent_version(kVersion);
  hello.set_epoch(*epoch);
  *hello.mutable_compatibility() = ProbeCompatibility();
  const std::unique_ptr<ProcessCounters> counters = LoadCounters(hello.mutable_compatibility());
  LogCompatibility(hello.compatibility());
  // While there is one thread only: priority and capabilities are a thread's.
  TakePriority();
  if (const absl::Status dropped = DropPrivileges(); !dropped.ok()) {
    LogWarning("privileges are kept", {{"reason", dropped.message()}});
  }

  ProcessFinder finder(kProc, config.scope, config.labels);
  ClassNames names(kProc);
  MachineProcesses processes(&finder, &names);
  BootClock clock;
  TaskLoop loop;

  auto metrics = std::make_shared<AgentMetrics>();
  std::unique_ptr<prometheus::Exposer> exposer;
  if (!config.metrics.empty()) {
    auto serving = ServeMetrics(config.metrics, metrics);
    if (!serving.ok()) {
      return Fail(absl::IsInvalidArgument(serving.status()) ? kExitUsage : kExitFailure,
                  serving.status().message());
    }
    exposer = *std::move(serving);
  }
  auto uplink = MakeGrpcUplink(&loop, {config.controller, config.tls, hello});
  if (!uplink.ok()) return Fail(kExitFailure, absl::StrCat("controller: ", uplink.status().message()));

  MachineMeter meter;
  Governor governor(config.budget, counters == nullptr ? std::vector<ProbeGroup*>() : counters->Groups(),
                    &meter);
  Agent agent({&processes, counters.get(), uplink->get(), &clock, &governor}, {*boot_id, *epoch},
              config.kill_switch);
  LogInfo("started", {{"host", config.host}, {"controller", config.controller}, {"version", kVersion}});
  Repeat(&loop, Agent::kTick, [&] {
    agent.Tick();
    metrics->Publish(agent.Metrics());
  });
  Repeat(&loop, Agent::kSwitchTick, [&] { agent.LookAtSwitches(); });
  // On the loop, so that an agent that hangs is noticed.
  if (const auto period = WatchdogPeriod())
    Repeat(&loop, *period, [] { NotifyServiceManager("WATCHDOG=1"); });
  (*uplink)->Start(&agent);  // after the first look at the host, so that the first report has it
  NotifyServiceManager("READY=1");

  WaitForStop(signals, [&](bool killed) { loop.Run([&] { agent.OnKillSignal(killed); }); });
  NotifyServiceManager("STOPPING=1");
  loop.Run([&] { agent.Stop(); });
  (*uplink)->Stop();
  loop.Stop();
  LogInfo("stopped");
  return 0;
}

}  // namespace
}  // namespace haldane::agent

int main(int argc, char** argv) {
  namespace agent = haldane::agent;
  const absl::StatusOr<std::string> path = agent::ParseCommandLine(argc, argv);
  if (!path.ok())
    return agent::Fail(agent::kExitUsage, absl::StrCat(path.status().message(), "; try --help"));
  const absl::StatusOr<agent::Config> config = agent::LoadConfig(*path);
  if (!config.ok()) return agent::Fail(agent::kExitUsage, config.status().message());
  return agent::Run(*config);
}
