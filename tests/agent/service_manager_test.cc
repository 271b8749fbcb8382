#include "agent/service_manager.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"

namespace haldane::agent {
namespace {

TEST(ServiceManager, HearsWhatItIsToldUnderAnAbstractName) {
  const std::string name = absl::StrCat("haldane-test-", getpid());
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const UniqueFd manager(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(bind(manager.get(), reinterpret_cast<sockaddr*>(&address),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())),
            0);
  setenv("NOTIFY_SOCKET", absl::StrCat("@", name).c_str(), 1);
  NotifyServiceManager("READY=1");
  char heard[32] = {};
  EXPECT_EQ(recv(manager.get(), heard, sizeof(heard), MSG_DONTWAIT), 7);
  EXPECT_STREQ(heard, "READY=1");
  unsetenv("NOTIFY_SOCKET");
}

TEST(ServiceManager, NobodyThereIsNoTrouble) {
  unsetenv("NOTIFY_SOCKET");
  NotifyServiceManager("READY=1");
  setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
  NotifyServiceManager("READY=1");
  setenv("NOTIFY_SOCKET", std::string(500, '/').c_str(), 1);
  NotifyServiceManager("READY=1");
  unsetenv("NOTIFY_SOCKET");
}

TEST(ServiceManager, TheWatchdogIsFedTwiceAsOftenAsItAsksAndOnlyByItsOwn) {
  unsetenv("WATCHDOG_USEC");
  EXPECT_FALSE(WatchdogPeriod().has_value());
  setenv("WATCHDOG_USEC", "10000000", 1);
  EXPECT_EQ(WatchdogPeriod(), absl::Seconds(5));
  setenv("WATCHDOG_PID", "1", 1);
  EXPECT_FALSE(WatchdogPeriod().has_value());
  setenv("WATCHDOG_PID", absl::StrCat(getpid()).c_str(), 1);
  EXPECT_TRUE(WatchdogPeriod().has_value());
  setenv("WATCHDOG_USEC", "soon", 1);
  EXPECT_FALSE(WatchdogPeriod().has_value());
  unsetenv("WATCHDOG_USEC");
  unsetenv("WATCHDOG_PID");
}

}  // namespace
}  // namespace haldane::agent
