#include <gmock/gmock.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bpf/whole_agent.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {
namespace {

constexpr uint32_t kSlotsOfTest = 256;
constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr absl::Duration kTickOfTest = absl::Milliseconds(50);

}  // namespace

WholeAgentTest::WholeAgentTest()
    : mark_(absl::StrCat(getpid(), ".", ::testing::UnitTest::GetInstance()->current_test_info()->name())),
      finder_("/proc", {{{"HALDANE_TEST", mark_}}},
              {{"service", LabelRule::Source::kEnvironment, "HALDANE_SERVICE"}}) {}

void WholeAgentTest::SetUp() {
  if (geteuid() != 0) GTEST_SKIP() << "SKIPPED: loading BPF programs needs root";
  auto counters = KernelCounters::Create(kSlotsOfTest);
  ASSERT_THAT(counters, haldane::testing::IsOk());
  counters_ = *std::move(counters);
  agent_ = std::make_unique<Agent>(Agent::Parts{&processes_, counters_.get(), &uplink_, &clock_},
                                   Agent::Identity{"boot", 77}, directory_.path() + "/kill");
  uplink_.listener = agent_.get();
  uplink_.Connect();
  uplink_.Direct({"web"});
}

std::vector<std::string> WholeAgentTest::OfService(const std::vector<std::string>& command) const {
  std::vector<std::string> whole = {"env", absl::StrCat("HALDANE_TEST=", mark_), "HALDANE_SERVICE=web"};
  whole.insert(whole.end(), command.begin(), command.end());
  return whole;
}

ChildProcess WholeAgentTest::StartRuby(const std::string& ruby, const std::string& shell) {
  const std::string start = absl::StrCat("exec ", ruby, " -W0 ", HALDANE_TEST_RUBY, "/evaluate.rb");
  const std::string script = shell.empty() ? start : absl::StrCat(shell, " && ", start);
  ChildProcess process(OfService(shell.empty()
                                     ? std::vector<std::string>{"sh", "-c", script}
                                     : std::vector<std::string>{"unshare", "-m", "sh", "-c", script}));
  process.ReadUntil("ready");
  return process;
}

std::string WholeAgentTest::Eval(ChildProcess* ruby, const std::string& line) {
  ruby->Write(line + "\n");
  return ruby->ReadLine();
}

void WholeAgentTest::Until(const std::function<bool()>& what, const std::string& name) {
  const absl::Time deadline = absl::Now() + kPatience;
  do {
    agent_->Tick();
    if (what()) return;
    absl::SleepFor(kTickOfTest);
  } while (absl::Now() < deadline);
  ADD_FAILURE() << "never came: " << name;
}

void WholeAgentTest::UntilCounted(const ChildProcess& process) {
  Until([&] { return Known(process).counting(); }, absl::StrCat("process ", process.pid(), " is counted"));
}

uint64_t WholeAgentTest::ExceptionsOf(const ChildProcess& process, uint64_t expected) {
  Until([&] { return Known(process).counters().exceptions() >= expected; },
        absl::StrCat(expected, " exceptions of process ", process.pid()));
  const absl::Time end = absl::Now() + absl::Milliseconds(1200);  // another reading
  Until([&] { return absl::Now() > end; }, "the end of a second");
  return Known(process).counters().exceptions();
}

}  // namespace haldane::agent
