#include "base/task_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"

namespace haldane {
namespace {

using ::testing::ElementsAre;

TEST(TaskLoopTest, RunsTasksInTheOrderTheyWerePosted) {
  TaskLoop loop;
  std::vector<int> seen;  // touched by the loop only, until Run returns
  for (int i = 0; i < 1000; ++i) loop.Post([&seen, i] { seen.push_back(i); });
  ASSERT_TRUE(loop.Run([] {}));
  ASSERT_EQ(seen.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(seen[static_cast<size_t>(i)], i);
}

TEST(TaskLoopTest, KeepsEachThreadsOrderWhenManyPost) {
  TaskLoop loop;
  constexpr int kThreads = 4, kTasks = 500;
  std::vector<int> last(kThreads, -1);
  bool ordered = true;
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kTasks; ++i) {
        loop.Post([&, t, i] {
          ordered = ordered && last[t] == i - 1;
          last[t] = i;
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(loop.Run([] {}));
  EXPECT_TRUE(ordered);
  EXPECT_THAT(last, ElementsAre(kTasks - 1, kTasks - 1, kTasks - 1, kTasks - 1));
}

TEST(TaskLoopTest, RunsDelayedTasksByDueTimeAndNeverEarly) {
  TaskLoop loop;
  std::vector<int> seen;
  absl::Notification done;
  const absl::Time start = absl::Now();
  absl::Duration waited;
  loop.Post([&] {
    loop.PostAfter(absl::Milliseconds(60), [&] {
      seen.push_back(2);
      waited = absl::Now() - start;
      done.Notify();
    });
    loop.PostAfter(absl::Milliseconds(20), [&] { seen.push_back(1); });
    loop.Post([&] { seen.push_back(0); });
  });
  done.WaitForNotification();
  EXPECT_GE(waited, absl::Milliseconds(59));
  ASSERT_TRUE(loop.Run([] {}));
  EXPECT_THAT(seen, ElementsAre(0, 1, 2));
}

// A task that posts itself again for ever is the obvious way to starve a timer.
TEST(TaskLoopTest, ABusyLoopStillRunsDelayedTasks) {
  TaskLoop loop;
  absl::Notification timer;
  std::atomic<bool> stop{false};
  std::function<void()> again = [&] {
    if (!stop) loop.Post(again);
  };
  loop.Post(again);
  loop.PostAfter(absl::Milliseconds(5), [&] { timer.Notify(); });
  EXPECT_TRUE(timer.WaitForNotificationWithTimeout(absl::Seconds(20)));
  stop = true;
  loop.Stop();
}

TEST(TaskLoopTest, AnExtremeDelayNeverRunsAndNeverHangsTheStop) {
  TaskLoop loop;
  bool ran = false;
  loop.PostAfter(absl::InfiniteDuration(), [&] { ran = true; });
  loop.PostAfter(absl::Hours(24 * 365 * 1000), [&] { ran = true; });
  ASSERT_TRUE(loop.Run([] {}));
  loop.Stop();
  EXPECT_FALSE(ran);
}

TEST(TaskLoopTest, ANegativeDelayRunsAtOnce) {
  TaskLoop loop;
  absl::Notification ran;
  loop.PostAfter(-absl::InfiniteDuration(), [&] { ran.Notify(); });
  ran.WaitForNotification();
}

TEST(TaskLoopTest, StopRunsWhatIsDueAndDropsTheRest) {
  TaskLoop loop;
  absl::Notification entered, go;
  int due = 0;
  bool later = false;
  loop.Post([&] {
    entered.Notify();
    go.WaitForNotification();
  });
  entered.WaitForNotification();
  loop.Post([&] { ++due; });
  loop.PostAfter(absl::Hours(1), [&] { later = true; });
  std::thread stopper([&] { loop.Stop(); });
  go.Notify();
  stopper.join();
  EXPECT_EQ(due, 1);
  EXPECT_FALSE(later);
}

TEST(TaskLoopTest, NothingRunsAfterStop) {
  TaskLoop loop;
  loop.Stop();
  loop.Stop();
  bool ran = false;
  loop.Post([&] { ran = true; });
  EXPECT_FALSE(loop.Run([&] { ran = true; }));
  EXPECT_FALSE(ran);
}

// Tasks own what they capture; dropping a task must free it.
TEST(TaskLoopTest, DroppedTasksReleaseTheirCaptures) {
  auto token = std::make_shared<int>(1);
  TaskLoop loop;
  loop.PostAfter(absl::Hours(1), [token] {});
  loop.Stop();
  loop.Post([token] {});
  EXPECT_EQ(token.use_count(), 1);
}

// The destructor of a captured object may post: the loop must not hold its lock.
TEST(TaskLoopTest, ADroppedTasksCaptureMayPost) {
  struct PostsWhenDestroyed {
    TaskLoop* loop;
    ~PostsWhenDestroyed() {
      loop->Post([] {});
    }
  };
  TaskLoop loop;
  auto captured = std::make_shared<PostsWhenDestroyed>(PostsWhenDestroyed{&loop});
  loop.PostAfter(absl::Hours(1), [captured] {});
  captured.reset();
  loop.Stop();
}

TEST(TaskLoopTest, RunReturnsOnlyAfterTheTaskRan) {
  TaskLoop loop;
  int value = 0;
  for (int i = 1; i <= 200; ++i) {
    ASSERT_TRUE(loop.Run([&] { value = i; }));
    ASSERT_EQ(value, i);
  }
}

}  // namespace
}  // namespace haldane
