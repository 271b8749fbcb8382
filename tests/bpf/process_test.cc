// Which process a count belongs to: forks, execs, exits, pids that come again.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "bpf/haldane.skel.h"
#include "tests/bpf/counters_test.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;
using ::haldane::testing::StatusIs;
using ::testing::_;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

using ProcessTest = CountersTest;

uint32_t ToPid(const std::string& text) { return static_cast<uint32_t>(std::stoul(text)); }

bool HasEvent(const std::vector<LifecycleEvent>& events, LifecycleEvent::Kind kind, uint32_t pid,
              uint32_t parent) {
  return std::any_of(events.begin(), events.end(), [&](const LifecycleEvent& event) {
    return event.kind == kind && event.pid == pid && event.parent_pid == parent;
  });
}

// A process of this pid that sleeps until it is killed; -1 when the kernel does
// not let us choose.
pid_t StartWithPid(pid_t pid) {
  clone_args arguments = {};
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = reinterpret_cast<uintptr_t>(&pid);
  arguments.set_tid_size = 1;
  const long result = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (result != 0) return static_cast<pid_t>(result);
  for (;;) pause();
}

bool IsFirstThreadDead(uint32_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return text.find(") Z ") != std::string::npos;
}

TEST_F(ProcessTest, AChildForkedAfterwardsIsCountedWithoutBeingAskedFor) {
  RubyChild parent;
  Watch(parent);
  AttachRaise(ProbeByName());
  const uint32_t child = ToPid(parent.Eval("fork_child(KeyError, 300)"));
  parent.Eval("child_raises");
  parent.Eval("raise_times(IOError, 2)");

  const ProcessReading of_child = ReadOf(child);
  EXPECT_EQ(of_child.start_ns, StartOf(child));
  EXPECT_EQ(of_child.parent_pid, parent.pid());
  EXPECT_EQ(of_child.parent_start_ns, parent.start_ns());
  EXPECT_EQ(of_child.execs, 0u);
  EXPECT_THAT(ClassesOf(of_child), UnorderedElementsAre(Pair("KeyError", 300)));
  const ProcessReading of_parent = ReadOf(parent.pid());
  EXPECT_EQ(of_parent.parent_pid, 0u);
  EXPECT_THAT(ClassesOf(of_parent), UnorderedElementsAre(Pair("IOError", 2)));
  EXPECT_TRUE(HasEvent(counters_->DrainLifecycle(), LifecycleEvent::Kind::kFork, child, parent.pid()));
  EXPECT_THAT(counters_->Watch(child, StartOf(child)), IsOk());
  EXPECT_EQ(ReadOf(child).exceptions, 300u) << "watching a counted process changes nothing";
}

TEST_F(ProcessTest, AChildForkedBeforehandIsCountedOnceItIsWatched) {
  RubyChild parent;
  const uint32_t child = ToPid(parent.Eval("fork_child(KeyError, 300)"));
  Watch(parent);
  AttachRaise(ProbeByName());
  ASSERT_THAT(counters_->Watch(child, StartOf(child)), IsOk());
  parent.Eval("child_raises");
  EXPECT_EQ(ReadOf(child).exceptions, 300u);
  EXPECT_EQ(ReadOf(parent.pid()).exceptions, 0u);
}

TEST_F(ProcessTest, ChildrenOfOthersAreNotCounted) {
  RubyChild parent;
  AttachRaise(ProbeByName());
  counters_->DrainLifecycle();
  const uint32_t child = ToPid(parent.Eval("fork_child(KeyError, 300)"));
  parent.Eval("child_raises");
  EXPECT_THAT(counters_->Read(), IsEmpty());
  EXPECT_FALSE(HasEvent(counters_->DrainLifecycle(), LifecycleEvent::Kind::kFork, child, parent.pid()));
}

TEST_F(ProcessTest, FinalTotalsOfAChildThatRaisesAndDiesAtOnceAreReportedOnce) {
  RubyChild parent;
  Watch(parent);
  AttachRaise(ProbeByName());
  const uint32_t child =
      ToPid(parent.Eval("fork { raise_times(KeyError, 77); exit!(3) }.tap { |pid| Process.wait(pid) }"));
  const ProcessReading reading = ReadFinal(child);
  EXPECT_EQ(reading.exceptions, 77u);
  EXPECT_THAT(ClassesOf(reading), UnorderedElementsAre(Pair("KeyError", 77)));
  EXPECT_TRUE(WIFEXITED(static_cast<int>(reading.exit_status)));
  EXPECT_EQ(WEXITSTATUS(static_cast<int>(reading.exit_status)), 3);
  EXPECT_FALSE(IsCounted(child));
}

TEST_F(ProcessTest, ManyShortLivedChildrenLoseNothing) {
  RubyChild parent;
  Watch(parent);
  AttachRaise(ProbeByName());
  parent.Eval("100.times { Process.wait(fork { raise_times(KeyError, 10); exit!(0) }) }");
  uint64_t total = 0;
  int exited = 0;
  for (const ProcessReading& reading : counters_->Read()) {
    total += reading.exceptions;
    exited += reading.exited ? 1 : 0;
  }
  EXPECT_EQ(total, 1000u);
  EXPECT_EQ(exited, 100);
  EXPECT_THAT(counters_->Read(), SizeIs(1));
  EXPECT_THAT(AllDrops(), IsEmpty());
}

TEST_F(ProcessTest, TheEndOfOneThreadIsNotTheEndOfTheProcess) {
  RubyChild child;
  Watch(child);
  AttachRaise(ProbeByName());
  child.Eval("raise_in_threads(KeyError, 4, 5)");
  EXPECT_FALSE(ReadOf(child.pid()).exited);
  child.Eval("raise_times(IOError, 1)");
  EXPECT_EQ(ReadOf(child.pid()).exceptions, 21u);
}

TEST_F(ProcessTest, AKilledProcessIsReportedWithItsSignal) {
  RubyChild child;
  Watch(child);
  AttachRaise(ProbeByName());
  child.Eval("raise_times(KeyError, 4)");
  child.Kill(SIGKILL);
  child.Wait();
  const ProcessReading reading = ReadFinal(child.pid());
  EXPECT_EQ(reading.exceptions, 4u);
  EXPECT_TRUE(WIFSIGNALED(static_cast<int>(reading.exit_status)));
  EXPECT_EQ(WTERMSIG(static_cast<int>(reading.exit_status)), SIGKILL);
}

TEST_F(ProcessTest, TotalsOutliveExec) {
  RubyChild child;
  Watch(child);
  AttachRaise(ProbeByName());
  child.Eval("raise_times(KeyError, 10)");
  counters_->DrainLifecycle();
  child.Write("exec('ruby', '-W0', $PROGRAM_NAME)\n");
  child.ReadUntil("ready");
  EXPECT_TRUE(HasEvent(counters_->DrainLifecycle(), LifecycleEvent::Kind::kExec, child.pid(), 0));
  child.Eval("raise_times(KeyError, 10)");
  const ProcessReading reading = ReadOf(child.pid());
  EXPECT_EQ(reading.start_ns, child.start_ns());
  EXPECT_EQ(reading.execs, 1u);
  EXPECT_EQ(ClassesOf(reading)["KeyError"], 20u);
}

TEST_F(ProcessTest, AddressesOfClassesOfDifferentImagesAreKeptApart) {
  RubyChild child;
  Watch(child);
  AttachRaise(ProbeByKlass());
  child.Eval("raise_times(KeyError, 10)");
  child.Write("exec('ruby', '-W0', $PROGRAM_NAME)\n");
  child.ReadUntil("ready");
  child.Eval("raise_times(KeyError, 20)");
  uint64_t before = 0, after = 0;
  const ProcessReading reading = ReadOf(child.pid());
  for (const KlassCount& klass : reading.klasses) {
    if (klass.image == 0) before = std::max(before, klass.count);
    if (klass.image == 1) after = std::max(after, klass.count);
  }
  EXPECT_EQ(before, 10u);
  EXPECT_EQ(after, 20u);
  EXPECT_EQ(reading.execs, 1u);
}

TEST_F(ProcessTest, ExecByAThreadThatIsNotTheFirstKeepsTheProcess) {
  RubyChild child;
  Watch(child);
  AttachRaise(ProbeByName());
  child.Eval("raise_times(KeyError, 10)");
  child.Write("Thread.new { exec('ruby', '-W0', $PROGRAM_NAME) }.join\n");
  child.ReadUntil("ready");
  child.Eval("raise_times(KeyError, 5)");
  const ProcessReading reading = ReadOf(child.pid());
  EXPECT_FALSE(reading.exited);
  EXPECT_EQ(reading.execs, 1u);
  EXPECT_EQ(ClassesOf(reading)["KeyError"], 15u);
}

TEST_F(ProcessTest, AnnouncesExecsOfProcessesThatAreNotCounted) {
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  ChildProcess child({"true"});
  child.Wait();
  EXPECT_TRUE(HasEvent(counters_->DrainLifecycle(), LifecycleEvent::Kind::kExec, child.pid(), 0));
}

TEST_F(ProcessTest, RefusesAProcessThatIsGoneOrAnother) {
  ChildProcess child({"sleep", "100"});
  const uint64_t start = child.start_ns();
  EXPECT_THAT(counters_->Watch(child.pid(), start - 10'000'000), StatusIs(absl::StatusCode::kNotFound, _));
  child.Kill(SIGKILL);
  siginfo_t info;
  waitid(P_PID, child.pid(), &info, WEXITED | WNOWAIT);
  EXPECT_THAT(counters_->Watch(child.pid(), start), StatusIs(absl::StatusCode::kNotFound, _)) << "a zombie";
  child.Wait();
  EXPECT_THAT(counters_->Watch(child.pid(), start), StatusIs(absl::StatusCode::kNotFound, _));
  EXPECT_THAT(counters_->Read(), IsEmpty());
}

TEST_F(ProcessTest, ProcessesThatDieWhileBeingWatchedLeaveNothingBehind) {
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  for (int i = 0; i < 200; ++i) {
    ChildProcess child({"true"});
    const uint64_t start = child.start_ns();
    usleep(static_cast<useconds_t>(i * 10));
    const absl::Status status = counters_->Watch(child.pid(), start);
    EXPECT_TRUE(status.ok() || absl::IsNotFound(status)) << status;
    child.Wait();
  }
  for (const ProcessReading& reading : counters_->Read()) EXPECT_TRUE(reading.exited) << reading.pid;
  EXPECT_THAT(counters_->Read(), IsEmpty());
}

// A process whose first thread ends when a byte arrives; another goes on.
pid_t StartWithoutFirstThread(int end_first_thread) {
  const pid_t child = fork();
  if (child != 0) return child;
  pthread_t thread;
  pthread_create(
      &thread, nullptr, [](void*) -> void* { return pause(), nullptr; }, nullptr);
  char byte;
  if (read(end_first_thread, &byte, 1) == 1) syscall(SYS_exit, 0);
  _exit(1);
}

// It is a zombie then, as far as /proc/PID/stat shows.
TEST_F(ProcessTest, AProcessWhoseFirstThreadHasEndedIsAlive) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  const pid_t child = StartWithoutFirstThread(pipe_ends[0]);
  const uint32_t pid = static_cast<uint32_t>(child);
  ASSERT_THAT(counters_->Watch(pid, StartOf(pid)), IsOk());
  ASSERT_EQ(write(pipe_ends[1], "x", 1), 1);
  for (int i = 0; i < 500 && !IsFirstThreadDead(pid); ++i) usleep(10'000);
  ASSERT_TRUE(IsFirstThreadDead(pid));
  EXPECT_FALSE(ReadOf(pid).exited);
  counters_->Unwatch(pid);
  EXPECT_THAT(counters_->Watch(pid, StartOf(pid)), IsOk());
  EXPECT_FALSE(ReadOf(pid).exited);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(ReadFinal(pid).exited);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

TEST_F(ProcessTest, UnwatchForgetsAndTheSlotStartsAfresh) {
  Create(1);
  RubyChild first, second;
  Watch(first);
  AttachRaise(ProbeByName());
  first.Eval("raise_times(KeyError, 10)");
  counters_->Unwatch(first.pid());
  counters_->Unwatch(first.pid());
  EXPECT_THAT(counters_->Read(), IsEmpty());
  Watch(second);
  first.Eval("raise_times(KeyError, 10)");
  second.Eval("raise_times(IOError, 1)");
  const ProcessReading reading = ReadOf(second.pid());
  EXPECT_EQ(reading.exceptions, 1u);
  EXPECT_THAT(ClassesOf(reading), UnorderedElementsAre(Pair("IOError", 1)));
  uint32_t classes = 0;
  haldane_class_key key;
  const int index_fd = bpf_map__fd(counters_->programs()->maps.class_index);
  for (void* at = nullptr; bpf_map_get_next_key(index_fd, at, &key) == 0; at = &key) ++classes;
  EXPECT_EQ(classes, 1u) << "classes of the slot's former process are still in the kernel";
}

TEST_F(ProcessTest, ASlotGivenUpIsAvailableToTheNextWatchAtOnce) {
  Create(1);
  RubyChild first, second;
  Watch(first);
  counters_->Unwatch(first.pid());
  EXPECT_THAT(counters_->Watch(second.pid(), second.start_ns()), IsOk());
}

TEST_F(ProcessTest, ExhaustedSlotsAreReportedAndCounted) {
  Create(2);
  RubyChild first, second;
  Watch(first);
  AttachRaise(ProbeByName());
  ChildProcess third({"sleep", "100"});
  Watch(third);
  EXPECT_THAT(counters_->Watch(second.pid(), second.start_ns()),
              StatusIs(absl::StatusCode::kResourceExhausted, _));
  const uint32_t child = ToPid(first.Eval("fork_child(KeyError, 5)"));
  first.Eval("child_raises");
  EXPECT_FALSE(IsCounted(child));
  EXPECT_EQ(DropsAt("slot_exhausted"), 1u);
  first.Eval("raise_times(KeyError, 5)");
  EXPECT_EQ(ReadOf(first.pid()).exceptions, 5u) << "others are counted on";
}

TEST_F(ProcessTest, APidThatComesAgainIsANewProcess) {
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  RubyChild first;
  Watch(first);
  first.Kill(SIGKILL);
  first.Wait();
  const pid_t again = StartWithPid(static_cast<pid_t>(first.pid()));
  if (again < 0) GTEST_SKIP() << "SKIPPED: this kernel does not let a test choose a pid";
  EXPECT_TRUE(ReadOf(first.pid()).exited);
  EXPECT_THAT(counters_->Read(), IsEmpty());
  EXPECT_THAT(counters_->Watch(first.pid(), StartOf(first.pid())), IsOk());
  EXPECT_FALSE(ReadOf(first.pid()).exited);
  kill(again, SIGKILL);
  waitpid(again, nullptr, 0);
}

TEST_F(ProcessTest, APidThatCameAgainWhileNothingWasAttachedIsANewProcess) {
  RubyChild first;
  Watch(first);
  AttachRaise(ProbeByName());
  first.Eval("raise_times(KeyError, 6)");
  counters_->DetachAll();
  first.Kill(SIGKILL);
  first.Wait();
  const pid_t again = StartWithPid(static_cast<pid_t>(first.pid()));
  if (again < 0) GTEST_SKIP() << "SKIPPED: this kernel does not let a test choose a pid";
  // Before the clock ticks anew, a start in /proc could be that of the first.
  usleep(20'000);
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  const ProcessReading reading = ReadOf(first.pid());
  EXPECT_TRUE(reading.exited);
  EXPECT_EQ(reading.exceptions, 6u);
  EXPECT_THAT(counters_->Read(), IsEmpty());
  kill(again, SIGKILL);
  waitpid(again, nullptr, 0);
}

TEST_F(ProcessTest, ExitsAreNoticedEvenWhileNothingIsAttached) {
  ChildProcess child({"sleep", "100"});
  Watch(child);
  EXPECT_FALSE(ReadOf(child.pid()).exited);
  child.Kill(SIGKILL);
  child.Wait();
  EXPECT_TRUE(ReadOf(child.pid()).exited);
  EXPECT_THAT(counters_->Read(), IsEmpty());
}

}  // namespace
}  // namespace haldane::agent
