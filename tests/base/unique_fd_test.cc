#include "base/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <utility>

namespace haldane {
namespace {

int Open() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool IsOpen(int fd) { return fcntl(fd, F_GETFD) >= 0; }

TEST(UniqueFdTest, ClosesWhatItOwns) {
  int raw;
  {
    UniqueFd fd(Open());
    raw = fd.get();
    ASSERT_TRUE(fd.is_open());
    ASSERT_TRUE(IsOpen(raw));
  }
  EXPECT_FALSE(IsOpen(raw));
}

TEST(UniqueFdTest, MovingHandsOverAndClosesTheOldOne) {
  UniqueFd a(Open()), b(Open());
  const int raw_a = a.get(), raw_b = b.get();
  a = std::move(b);
  EXPECT_FALSE(IsOpen(raw_a));
  EXPECT_EQ(a.get(), raw_b);
  EXPECT_FALSE(b.is_open());  // NOLINT: the moved-from state is the contract
  UniqueFd c(std::move(a));
  EXPECT_EQ(c.get(), raw_b);
  EXPECT_TRUE(IsOpen(raw_b));
}

TEST(UniqueFdTest, MovingOntoItselfKeepsItOpen) {
  UniqueFd fd(Open());
  const int raw = fd.get();
  UniqueFd& alias = fd;
  fd = std::move(alias);
  EXPECT_EQ(fd.get(), raw);
  EXPECT_TRUE(IsOpen(raw));
}

TEST(UniqueFdTest, ReleaseGivesUpOwnership) {
  int raw;
  {
    UniqueFd fd(Open());
    raw = fd.release();
    EXPECT_FALSE(fd.is_open());
  }
  EXPECT_TRUE(IsOpen(raw));
  close(raw);
}

}  // namespace
}  // namespace haldane
