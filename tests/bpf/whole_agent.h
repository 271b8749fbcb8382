#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/agent.h"
#include "agent/discovery/process_finder.h"
#include "agent/host.h"
#include "agent/probe/kernel_counters.h"
#include "agent/ruby/class_names.h"
#include "agent/ruby_processes.h"
#include "tests/bpf/child_process.h"
#include "tests/fakes/fake_uplink.h"
#include "tests/support/temporary_directory.h"

namespace haldane::agent {

// The agent with all its parts on this kernel and this machine's processes, and a
// controller that wants service "web" counted. It looks at processes of this test
// only.
class WholeAgentTest : public ::testing::Test {
 protected:
  WholeAgentTest();
  void SetUp() override;

  // A command that begins a process of service "web": "env ... COMMAND".
  std::vector<std::string> OfService(const std::vector<std::string>& command) const;
  // evaluate.rb by this Ruby, as the service; after these shell commands in a mount
  // namespace of its own, if there are any.
  ChildProcess StartRuby(const std::string& ruby = "ruby", const std::string& shell = "");
  // Asks it to evaluate a line; what it answers.
  static std::string Eval(ChildProcess* ruby, const std::string& line);

  // Ticks until that is so, or fails the test after half a minute.
  void Until(const std::function<bool()>& what, const std::string& name);
  void UntilCounted(const ChildProcess& process);
  // Waits until so many exceptions are known of the process, lets a little more
  // time pass and returns how many there are then.
  uint64_t ExceptionsOf(const ChildProcess& process, uint64_t expected);
  haldane::v1::ProcessSample Known(const ChildProcess& process) const { return uplink_.Known(process.pid()); }
  // Links of binaries' raise probes, by kind of source.
  std::map<haldane::v1::ProbeSource, int> Probes() const { return agent_->Metrics().probes; }

  haldane::testing::TemporaryDirectory directory_;
  const std::string mark_;
  std::unique_ptr<KernelCounters> counters_;
  ProcessFinder finder_;
  ClassNames names_{"/proc"};
  MachineProcesses processes_{&finder_, &names_};
  BootClock clock_;
  haldane::testing::FakeUplink uplink_;
  std::unique_ptr<Agent> agent_;
};

}  // namespace haldane::agent
