// Nothing of ours outlives what owns it.
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "tests/bpf/counters_test.h"
#include "tests/support/status_matchers.h"

namespace haldane::agent {
namespace {

using ::haldane::testing::IsOk;
using ::testing::IsEmpty;
using ::testing::Not;

using DetachTest = CountersTest;

std::vector<std::string> NamesIn(const std::string& directory) {
  std::vector<std::string> names;
  DIR* entries = opendir(directory.c_str());
  for (dirent* entry; entries != nullptr && (entry = readdir(entries)) != nullptr;) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  if (entries != nullptr) closedir(entries);
  return names;
}

// Kernel ids of the BPF objects in a table of descriptors: "link_id", "prog_id",
// "map_id".
std::set<uint32_t> IdsIn(const std::string& directory, const std::string& kind) {
  std::set<uint32_t> ids;
  for (const std::string& descriptor : NamesIn(directory)) {
    std::ifstream info(directory + "/" + descriptor);
    for (std::string word; info >> word;) {
      if (word == kind + ":" && info >> word) ids.insert(static_cast<uint32_t>(std::stoul(word)));
    }
  }
  return ids;
}

// Of all a process's threads.
std::set<uint32_t> IdsHeldBy(pid_t pid, const std::string& kind) {
  std::set<uint32_t> ids;
  const std::string threads = "/proc/" + std::to_string(pid) + "/task/";
  for (const std::string& thread : NamesIn(threads)) ids.merge(IdsIn(threads + thread + "/fdinfo", kind));
  return ids;
}

int OpenById(const std::string& kind, uint32_t id) {
  if (kind == "link_id") return bpf_link_get_fd_by_id(id);
  return kind == "prog_id" ? bpf_prog_get_fd_by_id(id) : bpf_map_get_fd_by_id(id);
}

// Waits until none of the objects exists; the kernel frees them a little after
// their owner is gone. Those that remain.
std::set<uint32_t> AwaitGone(const std::string& kind, std::set<uint32_t> ids) {
  for (int i = 0; i < 500 && !ids.empty(); ++i) {
    for (auto id = ids.begin(); id != ids.end();) {
      const int fd = OpenById(kind, *id);
      if (fd >= 0) close(fd);
      id = fd < 0 && errno == ENOENT ? ids.erase(id) : std::next(id);
    }
    if (!ids.empty()) usleep(10'000);
  }
  return ids;
}

TEST_F(DetachTest, DetachAllLeavesNoLink) {
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  AttachRaise(ProbeByName());
  const std::set<uint32_t> links = IdsHeldBy(getpid(), "link_id");
  EXPECT_THAT(links, Not(IsEmpty()));
  counters_->DetachAll();
  EXPECT_THAT(IdsHeldBy(getpid(), "link_id"), IsEmpty());
  EXPECT_THAT(AwaitGone("link_id", links), IsEmpty());
}

// The kernel closes what is in one table one after another, and each link's end takes
// tens of milliseconds.
TEST_F(DetachTest, EachLinkIsAloneInAThreadsTableSoThatAKillEndsAllAtTheSameTime) {
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  AttachInterpreter();
  AttachRaise(ProbeByName());
  size_t holders = 0;
  for (const std::string& thread : NamesIn("/proc/self/task")) {
    const std::string descriptors = "/proc/self/task/" + thread + "/fdinfo";
    const std::set<uint32_t> links = IdsIn(descriptors, "link_id");
    holders += links.size();
    if (!links.empty()) {
      EXPECT_EQ(NamesIn(descriptors).size(), 1u) << "thread " << thread;
    }
  }
  EXPECT_EQ(holders, IdsHeldBy(getpid(), "link_id").size());
  EXPECT_GE(holders, 30u);
  counters_->DetachAll();
  EXPECT_THAT(IdsHeldBy(getpid(), "link_id"), IsEmpty());
}

TEST_F(DetachTest, WhatAGroupGivesUpIsDetachedWhenThatEnds) {
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  const std::set<uint32_t> links = IdsHeldBy(getpid(), "link_id");
  PlacedProbes given_up;
  for (const char* name : {"latency", "tcp"}) {
    given_up.Add(Group(name)->Detach(haldane::v1::SignalGap::CAUSE_SHED, "for this test"));
    EXPECT_FALSE(Group(name)->attached());
  }
  EXPECT_EQ(IdsHeldBy(getpid(), "link_id"), links) << "they are to be detached together with others";
  given_up.Detach();
  std::set<uint32_t> gone;
  const std::set<uint32_t> left = IdsHeldBy(getpid(), "link_id");
  std::set_difference(links.begin(), links.end(), left.begin(), left.end(), std::inserter(gone, gone.end()));
  EXPECT_EQ(gone.size(), 16u) << "ten system calls' ends and beginnings, and six hooks of TCP";
  EXPECT_THAT(AwaitGone("link_id", gone), IsEmpty());
  ASSERT_THAT(Group("tcp")->Attach(), IsOk());
  EXPECT_TRUE(Group("tcp")->attached());
}

TEST_F(DetachTest, DestroyingLeavesNoProgramOrMap) {
  ASSERT_THAT(counters_->AttachKernelHooks(), IsOk());
  AttachRaise(ProbeByName());
  const std::set<uint32_t> programs = IdsHeldBy(getpid(), "prog_id"), maps = IdsHeldBy(getpid(), "map_id");
  EXPECT_THAT(programs, Not(IsEmpty()));
  counters_.reset();
  EXPECT_THAT(AwaitGone("prog_id", programs), IsEmpty());
  EXPECT_THAT(AwaitGone("map_id", maps), IsEmpty());
}

TEST_F(DetachTest, DeathOfTheAgentBySigkillLeavesNothing) {
  counters_.reset();
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t agent = fork();
  if (agent == 0) {
    auto counters = ProcessCounters::Create();
    const bool attached = counters.ok() && (*counters)->AttachKernelHooks().ok() &&
                          (*counters)->AttachRaise("ruby", RubyLibrary(), ProbeByName()).ok();
    if (write(ready[1], attached ? "y" : "n", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  const std::set<uint32_t> links = IdsHeldBy(agent, "link_id"), programs = IdsHeldBy(agent, "prog_id");
  const std::set<uint32_t> maps = IdsHeldBy(agent, "map_id");
  EXPECT_GE(links.size(), 12u);
  kill(agent, SIGKILL);
  waitpid(agent, nullptr, 0);
  EXPECT_THAT(AwaitGone("link_id", links), IsEmpty());
  EXPECT_THAT(AwaitGone("prog_id", programs), IsEmpty());
  EXPECT_THAT(AwaitGone("map_id", maps), IsEmpty());
  close(ready[0]);
  close(ready[1]);
}

TEST_F(DetachTest, AProbedRubySurvivesAttachAndDetachUnderLoad) {
  RubyChild child;
  Watch(child);
  child.Write("raise_times(KeyError, 200_000)\n");
  for (int i = 0; i < 5; ++i) {
    AttachRaise(ProbeByName());
    counters_->DetachRaise("ruby");
  }
  EXPECT_EQ(child.ReadLine(), "200000");
  EXPECT_EQ(child.Eval("1 + 1"), "2");
}

}  // namespace
}  // namespace haldane::agent
