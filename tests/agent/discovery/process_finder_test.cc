#include "agent/discovery/process_finder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/elf_file_fixture.h"
#include "tests/agent/ruby_process_fixture.h"

namespace haldane::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using Source = LabelRule::Source;

constexpr char kReady[] = "$stdout.sync = true; puts :ready; gets";

// Finds only what this test has started, whatever else runs on the machine.
class Finder : public ::testing::Test {
 protected:
  ChildProcess::Options Marked(const std::string& revision = "r1") const {
    return {.environment = {{"HALDANE_TEST", mark_}, {"HALDANE_REVISION", revision}}};
  }
  std::vector<uint32_t> Pids(const std::vector<RubyProcess>& processes) const {
    std::vector<uint32_t> pids;
    for (const RubyProcess& process : processes) pids.push_back(process.pid);
    return pids;
  }
  void ExpectUsable(const RubyProcess& process) {
    const Interpreter* interpreter = finder_.interpreter(process.binary);
    ASSERT_NE(interpreter, nullptr);
    EXPECT_FALSE(interpreter->version.empty());
    EXPECT_EQ(process.start_ns, StartOf(process.pid));
    const auto path = finder_.OpenablePath(process.binary);
    ASSERT_TRUE(path.ok()) << path.status();
    const auto again = ReadInterpreter(*path);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->build_id, interpreter->build_id);
  }

  const std::string mark_ =
      std::to_string(getpid()) + "." + ::testing::UnitTest::GetInstance()->current_test_info()->name();
  TemporaryFolder folder_;
  ProcessFinder finder_{
      "/proc", {{{"HALDANE_TEST", mark_}}}, {{"revision", Source::kEnvironment, "HALDANE_REVISION"}}};
};

TEST_F(Finder, FindsARubyAndNothingElse) {
  ChildProcess ruby({"ruby", "-e", kReady}, Marked());
  ChildProcess shell({"sh", "-c", "echo ready; read line"}, Marked());
  ASSERT_EQ(ruby.ReadLine(), "ready");
  ASSERT_EQ(shell.ReadLine(), "ready");
  const std::vector<RubyProcess> found = finder_.Scan();
  ASSERT_THAT(Pids(found), ElementsAre(ruby.pid()));
  EXPECT_THAT(found[0].labels, ElementsAre(Pair("revision", "r1")));
  ExpectUsable(found[0]);
  EXPECT_THAT(Pids(finder_.Scan()), ElementsAre(ruby.pid()));
}

TEST_F(Finder, WhateverItIsCalled) {
  const std::string renamed = folder_.Path("not an interpreter (deleted)");
  std::filesystem::copy_file(std::filesystem::canonical("/usr/bin/ruby"), renamed);
  ChildProcess disguised({"bash", "-c", std::string("exec -a 'java -jar' ruby -e '") + kReady + "'"},
                         Marked());
  ChildProcess copy({renamed, "-e", kReady}, Marked());
  ASSERT_EQ(disguised.ReadLine(), "ready");
  ASSERT_EQ(copy.ReadLine(), "ready");
  EXPECT_THAT(Pids(finder_.Scan()), ::testing::UnorderedElementsAre(disguised.pid(), copy.pid()));
}

TEST_F(Finder, ForkedWorkersCarryTheirMastersLabels) {
  ChildProcess master({"ruby", "-e", "$stdout.sync = true; puts fork { sleep }; sleep"}, Marked("r7"));
  EXPECT_NE(master.ReadLine(), "");
  const std::vector<RubyProcess> found = finder_.Scan();
  ASSERT_THAT(found, SizeIs(2));
  for (const RubyProcess& process : found) EXPECT_THAT(process.labels, ElementsAre(Pair("revision", "r7")));
  EXPECT_EQ(found[0].binary, found[1].binary);
}

// A process title longer than the command line is written over the environment
// that /proc shows. Puma's workers do that.
TEST_F(Finder, ALongTitleDoesNotHideTheEnvironment) {
  ChildProcess ruby({"ruby", "-e", std::string("Process.setproctitle('t' * 9999); ") + kReady}, Marked("r2"));
  ASSERT_EQ(ruby.ReadLine(), "ready");
  ASSERT_EQ(ReadWholeFile("/proc/" + std::to_string(ruby.pid()) + "/environ").find("HALDANE"),
            std::string::npos);
  const std::vector<RubyProcess> found = finder_.Scan();
  ASSERT_THAT(Pids(found), ElementsAre(ruby.pid()));
  EXPECT_THAT(found[0].labels, ElementsAre(Pair("revision", "r2")));
}

TEST_F(Finder, InAMountNamespaceOfItsOwn) {
  if (geteuid() != 0) GTEST_SKIP() << "SKIPPED: only root can make a mount namespace";
  // The library exists nowhere but in a filesystem that only the process sees.
  const std::string script = "mount -t tmpfs none " + folder_.Path("") + " && cp " + MachineLibruby() + " " +
                             folder_.Path("") + " && LD_LIBRARY_PATH=" + folder_.Path("") +
                             " exec ruby -e '" + kReady + "'";
  ChildProcess ruby({"unshare", "-m", "sh", "-c", script}, Marked());
  ASSERT_EQ(ruby.ReadLine(), "ready");
  ASSERT_TRUE(std::filesystem::is_empty(folder_.Path("")));
  const std::vector<RubyProcess> found = finder_.Scan();
  ASSERT_THAT(Pids(found), ElementsAre(ruby.pid()));
  ExpectUsable(found[0]);
}

TEST_F(Finder, WithItsLibraryDeletedOrReplaced) {
  const std::string name = std::filesystem::path(MachineLibruby()).filename().string();
  const std::string library = folder_.Write(name, ReadWholeFile(MachineLibruby()));
  ChildProcess::Options options = Marked();
  options.environment.emplace_back("LD_LIBRARY_PATH", folder_.Path(""));
  ChildProcess ruby({"ruby", "-e", kReady}, options);
  ASSERT_EQ(ruby.ReadLine(), "ready");
  std::filesystem::remove(library);
  folder_.Write(name, "an upgrade that is being written");
  const std::vector<RubyProcess> found = finder_.Scan();
  ASSERT_THAT(Pids(found), ElementsAre(ruby.pid()));
  ExpectUsable(found[0]);
}

TEST_F(Finder, TwoVersionsOnOneHost) {
  std::string why;
  const auto starter = RubyOfSuite("trixie", &why);
  if (!starter) GTEST_SKIP() << "SKIPPED: " << why;
  ChildProcess one({"ruby", "-e", kReady}, Marked());
  ChildProcess other({*starter, "-e", kReady}, Marked());
  ASSERT_EQ(one.ReadLine(), "ready");
  ASSERT_EQ(other.ReadLine(), "ready");
  const std::vector<RubyProcess> found = finder_.Scan();
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_NE(found[0].binary, found[1].binary);
  EXPECT_NE(finder_.interpreter(found[0].binary)->version, finder_.interpreter(found[1].binary)->version);
  for (const RubyProcess& process : found) ExpectUsable(process);
}

TEST_F(Finder, ExecIsNoticedWithoutBeingTold) {
  ChildProcess process({"sh", "-c", std::string("echo ready; read line; exec ruby -e '") + kReady + "'"},
                       Marked());
  ASSERT_EQ(process.ReadLine(), "ready");
  EXPECT_THAT(finder_.Scan(), IsEmpty());
  process.WriteLine("go");
  ASSERT_EQ(process.ReadLine(), "ready");
  EXPECT_THAT(Pids(finder_.Scan()), ElementsAre(process.pid()));
}

TEST_F(Finder, ExecAwayFromRubyIsNoticedToo) {
  ChildProcess process(
      {"ruby", "-e", "$stdout.sync = true; puts :ready; gets; exec 'sh', '-c', 'echo ready; read line'"},
      Marked());
  ASSERT_EQ(process.ReadLine(), "ready");
  EXPECT_THAT(finder_.Scan(), SizeIs(1));
  process.WriteLine("go");
  ASSERT_EQ(process.ReadLine(), "ready");
  EXPECT_THAT(finder_.Scan(), IsEmpty());
}

TEST_F(Finder, ARubyThatIsLoadedLateIsFound) {
  ChildProcess process({"python3", "-u", "-c",
                        "import ctypes; print('ready'); input(); ctypes.CDLL('" + MachineLibruby() +
                            "'); print('loaded'); input()"},
                       Marked());
  ASSERT_EQ(process.ReadLine(), "ready");
  EXPECT_THAT(finder_.Scan(), IsEmpty());
  process.WriteLine("go");
  ASSERT_EQ(process.ReadLine(), "loaded");
  EXPECT_THAT(Pids(finder_.Scan()), ElementsAre(process.pid()));
}

TEST_F(Finder, OutOfScopeIsNotFound) {
  ChildProcess::Options options = Marked();
  options.environment[0].second = "another";
  ChildProcess ruby({"ruby", "-e", kReady}, options);
  ASSERT_EQ(ruby.ReadLine(), "ready");
  EXPECT_THAT(finder_.Scan(), IsEmpty());
  EXPECT_THAT(finder_.Scan(), IsEmpty());
}

TEST_F(Finder, LabelsAreReadOnceUntilTheProcessIsForgotten) {
  folder_.Write("REVISION", "before");
  ChildProcess::Options options = Marked();
  options.working_directory = folder_.Path("");
  ChildProcess ruby({"ruby", "-e", kReady}, options);
  ASSERT_EQ(ruby.ReadLine(), "ready");
  ProcessFinder finder("/proc", {{{"HALDANE_TEST", mark_}}}, {{"revision", Source::kFile, "REVISION"}});
  EXPECT_THAT(finder.Scan().at(0).labels, ElementsAre(Pair("revision", "before")));
  folder_.Write("REVISION", "after");
  EXPECT_THAT(finder.Scan().at(0).labels, ElementsAre(Pair("revision", "before")));
  finder.Forget(ruby.pid());
  EXPECT_THAT(finder.Scan().at(0).labels, ElementsAre(Pair("revision", "after")));
}

TEST_F(Finder, TheEndOfAProcessIsNoticed) {
  BinaryKey binary;
  {
    ChildProcess ruby({"ruby", "-e", kReady}, Marked());
    ASSERT_EQ(ruby.ReadLine(), "ready");
    binary = finder_.Scan().at(0).binary;
  }
  EXPECT_EQ(finder_.OpenablePath(binary).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(finder_.Scan(), IsEmpty());
  EXPECT_NE(finder_.interpreter(binary), nullptr);
}

TEST_F(Finder, ProcessesThatDieInMidScanAreNormal) {
  ChildProcess ruby({"ruby", "-e", kReady}, Marked());
  ChildProcess storm(
      {"ruby", "-e",
       "$stdout.sync = true; puts :ready; loop { 8.times { fork { exit! } }; Process.waitall }"});
  ASSERT_EQ(ruby.ReadLine(), "ready");
  ASSERT_EQ(storm.ReadLine(), "ready");
  for (int i = 0; i < 100; ++i) ASSERT_THAT(Pids(finder_.Scan()), ElementsAre(ruby.pid()));
}

// A folder in place of /proc, with whatever a process could make /proc show.
class HostileProc : public ::testing::Test {
 protected:
  std::string Process(const std::string& pid, absl::string_view maps) const {
    const std::string folder = proc_.Path(pid);
    std::filesystem::create_directories(folder + "/map_files");
    proc_.Write(
        pid + "/stat",
        pid + " (ruby) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 50000000 1 1 4096 4096 8192 0 0\n");
    proc_.Write(pid + "/maps", maps);
    proc_.Write(pid + "/environ", "");
    return folder;
  }

  TemporaryFolder proc_;
};

TEST_F(HostileProc, YieldsOnlyWhatIsARuby) {
  const std::string good = Process("100", "1000-2000 r-xp 00000000 fe:00 1 /x\n");
  std::filesystem::create_symlink(MachineLibruby(), good + "/map_files/1000-2000");
  // Everything below is hostile or broken.
  std::filesystem::create_symlink("/dev/zero",
                                  Process("101", "1000-2000 r-xp 0 fe:00 1 /x\n") + "/map_files/1000-2000");
  const std::string fifo = Process("102", "1000-2000 r-xp 0 fe:00 1 /ruby\n") + "/map_files/1000-2000";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  std::filesystem::create_directory(Process("103", "1000-2000 r-xp 0 fe:00 1 /x\n") + "/map_files/1000-2000");
  proc_.Write("104", "a file, not a folder");
  Process("105", std::string(1 << 16, '\n'));
  Process("106", "1000-2000 r-xp 0 fe:00 1 /../../../../etc/passwd\n");
  std::filesystem::create_directories(proc_.Path("107"));
  proc_.Write("107/stat", "107 (ruby");
  std::filesystem::create_directories(proc_.Path("99999999999999999999"));
  std::filesystem::create_directories(proc_.Path("1abc"));
  Process("108", "garbage\n" + std::string(100000, 'x') + " r-xp " + std::string(100000, ' ') + "\n");
  const std::string text = Process("109", "1000-2000 r-xp 0 fe:00 1 /usr/lib/libruby.so\n");
  proc_.Write("109/map_files/1000-2000", "not ELF at all, though it is called so" + std::string(64, '.'));

  ProcessFinder finder(proc_.Path(""), {}, {});
  const std::vector<RubyProcess> found = finder.Scan();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].pid, 100u);
  EXPECT_EQ(found[0].start_ns, 1000000000u);
  ASSERT_THAT(finder.rejected(), SizeIs(1));
  EXPECT_EQ(finder.rejected().begin()->first, "/usr/lib/libruby.so");
  EXPECT_THAT(finder.rejected().begin()->second, ::testing::HasSubstr("not an ELF file"));
}

TEST_F(HostileProc, WhatMayNotBeReadIsCounted) {
  std::filesystem::remove(Process("100", "") + "/maps");
  std::filesystem::create_directory(proc_.Path("100/maps"));  // cannot be read, but is there
  ProcessFinder finder(proc_.Path(""), {}, {});
  EXPECT_THAT(finder.Scan(), IsEmpty());
  EXPECT_EQ(finder.unreadable(), 1);
  EXPECT_THAT(finder.Scan(), IsEmpty());
  EXPECT_EQ(finder.unreadable(), 1);
}

TEST_F(HostileProc, NoProcAtAllIsNoProcesses) {
  ProcessFinder finder(proc_.Path("missing"), {}, {});
  EXPECT_THAT(finder.Scan(), IsEmpty());
}

}  // namespace
}  // namespace haldane::agent
