// Counters are added to by several processors at once and lose nothing. With plain
// instead of atomic additions this loses thousands: no one run of it is bound to,
// but two processors in one cache line for millions of additions have never not.
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "tests/bpf/counters_test.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;

TEST_F(CountersTest, AdditionsOfThreadsThatRunTogetherAreAllCounted) {
  constexpr int kThreads = 4;
  constexpr uint64_t kFailures = 300'000;
  if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
    GTEST_SKIP() << "SKIPPED: this kernel has one processor: nothing runs together";
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  const auto self = static_cast<uint32_t>(getpid());
  ASSERT_THAT(counters_->Watch(self, StartOf(self)), IsOk());
  const uint64_t before = ReadOf(self).counts.sys_errors[HALDANE_SYS_ERROR_FILES];
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([] {
      for (uint64_t n = 0; n < kFailures; ++n) (void)close(-1);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ReadOf(self).counts.sys_errors[HALDANE_SYS_ERROR_FILES] - before, kThreads * kFailures);
}

}  // namespace
}  // namespace haldane::agent
