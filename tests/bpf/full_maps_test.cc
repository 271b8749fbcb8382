// Maps without room: what finds none is counted as lost, what can be counted still is,
// and all is well once there is room again.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bpf/abi/class_cell.h"
#include "bpf/abi/connection.h"
#include "bpf/haldane.skel.h"
#include "tests/bpf/counters_test.h"
#include "tests/bpf/http_client.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::Pair;

class FullMapsTest : public CountersTest {
 protected:
  // Entries that mean nothing to anybody, until there is no more room.
  template <typename Key, typename Value>
  void Fill(const bpf_map* map) {
    const Value value = {};
    for (uint64_t i = 0;; ++i) {
      Key key = {};
      std::memcpy(&key, &i, sizeof i);
      if (bpf_map_update_elem(bpf_map__fd(map), &key, &value, BPF_NOEXIST) != 0) break;
    }
    EXPECT_EQ(errno, E2BIG);
  }
  template <typename Key>
  static void Clear(const bpf_map* map) {
    for (Key key; bpf_map_get_next_key(bpf_map__fd(map), nullptr, &key) == 0;) {
      bpf_map_delete_elem(bpf_map__fd(map), &key);
    }
  }
  template <typename Key>
  static size_t Entries(const bpf_map* map) {
    size_t entries = 0;
    Key key, *before = nullptr;
    for (; bpf_map_get_next_key(bpf_map__fd(map), before, &key) == 0; before = &key) ++entries;
    return entries;
  }
  const decltype(haldane_bpf::maps)& Maps() { return counters_->programs()->maps; }
};

TEST_F(FullMapsTest, ClassesThatFindNoRoomInTheIndexAreCountedWithoutTheirName) {
  RubyChild child;
  AttachRaise(ProbeByName());
  Watch(child);
  Fill<haldane_class_key, uint32_t>(Maps().class_index);
  child.Eval("raise_times(KeyError, 10)");
  EXPECT_EQ(ReadOf(child.pid()).exceptions, 10u);
  EXPECT_EQ(ReadOf(child.pid()).exceptions_other, 10u);
  EXPECT_EQ(DropsAt("class_index_full"), 10u);
  EXPECT_EQ(DropsAt("class_cell_lost"), 0u);
  Clear<haldane_class_key>(Maps().class_index);
  child.Eval("raise_times(KeyError, 5)");
  EXPECT_EQ(ReadOf(child.pid()).exceptions, 15u);
  EXPECT_THAT(ClassesOf(ReadOf(child.pid())), ElementsAre(Pair("KeyError", 5u)));
}

TEST_F(FullMapsTest, ClassesThatFindNoCellAreCountedWithoutTheirName) {
  RubyChild child;
  AttachRaise(ProbeByName());
  Watch(child);
  const int queue = bpf_map__fd(Maps().free_class_cells);
  std::vector<uint32_t> cells;
  for (uint32_t cell; bpf_map_lookup_and_delete_elem(queue, nullptr, &cell) == 0;) cells.push_back(cell);
  child.Eval("raise_times(KeyError, 10)");
  EXPECT_EQ(ReadOf(child.pid()).exceptions, 10u);
  EXPECT_EQ(ReadOf(child.pid()).exceptions_other, 10u);
  EXPECT_EQ(DropsAt("class_cells_exhausted"), 10u);
  for (const uint32_t cell : cells) bpf_map_update_elem(queue, nullptr, &cell, 0);
  child.Eval("raise_times(KeyError, 5)");
  EXPECT_THAT(ClassesOf(ReadOf(child.pid())), ElementsAre(Pair("KeyError", 5u)));
}

class FullServerTest : public FullMapsTest {
 protected:
  void SetUp() override {
    FullMapsTest::SetUp();
    if (counters_ == nullptr) return;
    child_.Eval("load '" HALDANE_TEST_RUBY "/serve.rb'");
    port_ = static_cast<uint16_t>(std::stoi(child_.Eval("listen_on(nil)")));
    ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
    Watch(child_);
  }
  void Serve() {
    HttpConnection client(port_);
    child_.Eval("accept_one");
    client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    child_.Eval("read_some");
    child_.Eval("answer(500)");
  }
  RubyChild child_;
  uint16_t port_ = 0;
};

TEST_F(FullServerTest, AResponseThatFindsNoRoomIsLostAndCountedAsSuch) {
  Fill<uint64_t, haldane_pending_response>(Maps().pending_responses);
  Serve();
  EXPECT_EQ(ReadOf(child_.pid()).http_requests, 0u);
  EXPECT_EQ(DropsAt("response_pending_full"), 1u);
  Clear<uint64_t>(Maps().pending_responses);
  Serve();
  EXPECT_EQ(ReadOf(child_.pid()).http_5xx, 1u);
}

TEST_F(FullServerTest, AReadThatFindsNoRoomCostsTheLatencyOfItsResponseOnly) {
  Fill<uint64_t, uint32_t>(Maps().pending_reads);
  Serve();
  EXPECT_EQ(ReadOf(child_.pid()).http_5xx, 1u);
  EXPECT_EQ(ValuesIn(ReadOf(child_.pid()).counts.http_latency), 0u);
  EXPECT_GE(DropsAt("read_pending_full"), 1u);
  Clear<uint64_t>(Maps().pending_reads);
  Serve();
  EXPECT_EQ(ValuesIn(ReadOf(child_.pid()).counts.http_latency), 1u);
}

// Or the map would fill up with them.
TEST_F(FullServerTest, AProcessThatIsKilledWhileItReadsLeavesNothing) {
  const std::string blocked = "c = @server.accept; c.fcntl(4, 0); c.sysread(1)";  // F_SETFL: it may block
  const std::string pid = child_.Eval(absl::StrCat("@blocked = fork { ", blocked, " }"));
  const HttpConnection client(port_);
  for (int i = 0; i < 1000 && Entries<uint64_t>(Maps().pending_reads) == 0; ++i) usleep(10'000);
  ASSERT_EQ(Entries<uint64_t>(Maps().pending_reads), 1u);
  child_.Eval("Process.kill(:KILL, @blocked); Process.wait(@blocked); 1");
  for (int i = 0; i < 200 && Entries<uint64_t>(Maps().pending_reads) > 0; ++i) usleep(10'000);
  EXPECT_EQ(Entries<uint64_t>(Maps().pending_reads), 0u);
}

}  // namespace
}  // namespace haldane::agent
