// Signals, and how processes end.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "tests/bpf/counters_test.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;

class SignalTest : public CountersTest {
 protected:
  void SetUp() override {
    CountersTest::SetUp();
    if (counters_ == nullptr) return;
    child_.Eval("$heard = 0; %w[TERM USR1 HUP WINCH CONT].each { |name| trap(name) { $heard += 1 } }");
    ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
    Watch(child_);
  }
  // Signals that are heard one by one: two that are pending together are one.
  void Send(int signal) {
    const int before = std::stoi(child_.Eval("$heard"));
    child_.Kill(signal);
    while (std::stoi(child_.Eval("$heard")) == before) {
    }
  }
  uint64_t Signals() { return ReadOf(child_.pid()).counts.signals; }

  RubyChild child_;
};

TEST_F(SignalTest, HandledSignalsThatWouldEndItAreCounted) {
  for (int i = 0; i < 5; ++i) Send(SIGTERM);
  for (int i = 0; i < 3; ++i) Send(SIGUSR1);
  Send(SIGHUP);
  EXPECT_EQ(Signals(), 9u);
}

TEST_F(SignalTest, SignalsThatEndNothingAreNot) {
  for (int i = 0; i < 5; ++i) Send(SIGWINCH);
  Send(SIGCONT);
  child_.Eval("Process.wait(fork { exit!(0) })");  // SIGCHLD
  child_.Eval("trap('ALRM', 'IGNORE')");
  child_.Kill(SIGALRM);
  EXPECT_EQ(Signals(), 0u);
}

TEST_F(SignalTest, AKillIsOneSignalHoweverManyThreadsItEnds) {
  child_.Eval("20.times { Thread.new { sleep } }; Thread.pass");
  child_.Kill(SIGKILL);
  const ProcessReading final = ReadFinal(child_.pid());
  EXPECT_EQ(final.counts.signals, 1u);
  EXPECT_TRUE(final.exit_seen);
  EXPECT_TRUE(WIFSIGNALED(final.exit_status));
  EXPECT_EQ(WTERMSIG(final.exit_status), SIGKILL);
}

TEST_F(SignalTest, AnExitWithManyThreadsIsNoSignal) {
  child_.Eval("20.times { Thread.new { sleep } }; Thread.pass");
  child_.Write("exit!(7)\n");
  const ProcessReading final = ReadFinal(child_.pid());
  EXPECT_EQ(final.counts.signals, 0u);
  EXPECT_TRUE(WIFEXITED(final.exit_status));
  EXPECT_EQ(WEXITSTATUS(final.exit_status), 7);
  EXPECT_FALSE(final.out_of_memory);
}

TEST_F(SignalTest, ACrashIsTold) {
  child_.Eval("Process.setrlimit(Process::RLIMIT_CORE, 0); trap('SEGV', 'SYSTEM_DEFAULT') rescue nil");
  child_.Eval("trap('QUIT', 'SYSTEM_DEFAULT')");
  child_.Kill(SIGQUIT);
  const ProcessReading final = ReadFinal(child_.pid());
  EXPECT_EQ(WTERMSIG(final.exit_status), SIGQUIT);
  EXPECT_EQ(final.counts.signals, 1u);
}

// A memory controller of either version, with a limit that is soon reached.
class MemoryLimit {
 public:
  MemoryLimit() {
    for (const char* root : {"/sys/fs/cgroup/memory", "/sys/fs/cgroup/unified", "/sys/fs/cgroup"}) {
      folder_ = std::string(root) + "/haldane-test-" + std::to_string(getpid());
      if (mkdir(folder_.c_str(), 0755) != 0) continue;
      if (Put("memory.limit_in_bytes") || Put("memory.max")) return;
      rmdir(folder_.c_str());
    }
    folder_.clear();
  }
  ~MemoryLimit() {
    if (!folder_.empty()) rmdir(folder_.c_str());
  }
  bool is_set() const { return !folder_.empty(); }
  bool Add(uint32_t pid) { return Put("cgroup.procs", std::to_string(pid)); }

 private:
  bool Put(const std::string& file, const std::string& value = "134217728") {
    std::ofstream stream(folder_ + "/" + file);
    stream << value << std::flush;
    return static_cast<bool>(stream);
  }
  std::string folder_;
};

TEST_F(SignalTest, AVictimOfTheOutOfMemoryKillerIsTold) {
  MemoryLimit limit;
  if (!limit.is_set()) GTEST_SKIP() << "SKIPPED: this kernel has no memory controller that can be used";
  ASSERT_TRUE(limit.Add(child_.pid()));
  child_.Write("x = []; loop { x << ('y' * 10_000_000) }\n");
  const ProcessReading final = ReadFinal(child_.pid());
  EXPECT_TRUE(final.out_of_memory);
  EXPECT_EQ(WTERMSIG(final.exit_status), SIGKILL);
  EXPECT_EQ(final.counts.signals, 1u);
  child_.Wait();
}

}  // namespace
}  // namespace haldane::agent
