// Binaries that are one file under several names, or several under one: counted
// exactly, each by one probe.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/bpf/counters_test.h"
#include "tests/bpf/unpacked_ruby.h"
#include "tests/bpf/whole_agent.h"

namespace haldane::agent {
namespace {

using haldane::v1::PROBE_SOURCE_SYMBOL;
using haldane::v1::PROBE_SOURCE_USDT;
using ::testing::ElementsAre;
using ::testing::Pair;

constexpr char kLibrary[] = "libruby-3.1.so.3.1";

class ContainersTest : public WholeAgentTest {
 protected:
  static bool HasOverlays() {
    std::stringstream known;
    known << std::ifstream("/proc/filesystems").rdbuf();
    return known.str().find("\toverlay\n") != std::string::npos;
  }
  // A folder with a copy of the machine's libruby.
  std::string LibraryFolder(const std::string& name) {
    const std::string folder = directory_.path() + "/" + name;
    std::filesystem::create_directories(folder);
    std::filesystem::copy_file(RubyLibrary(), folder + "/" + kLibrary,
                               std::filesystem::copy_options::overwrite_existing);
    return folder;
  }
  // A process in a mount namespace of its own, whose libruby comes from an overlay
  // over `image`, as containers of one image have it. `change` runs inside, with the
  // library's name as $L.
  ChildProcess StartContainer(const std::string& name, const std::string& image, const std::string& change) {
    const std::string own = directory_.path() + "/" + name;
    for (const char* part : {"/upper", "/work", "/root"}) std::filesystem::create_directories(own + part);
    return StartRuby(
        "ruby", absl::StrCat("mount -t overlay none -o lowerdir=", image, ",upperdir=", own,
                             "/upper,workdir=", own, "/work ", own, "/root && L=", own, "/root/", kLibrary,
                             " && ", change, " && export LD_LIBRARY_PATH=", own, "/root"));
  }
  static std::string Raise(ChildProcess* ruby, int times) {
    return Eval(ruby, absl::StrCat("raise_times(KeyError, ", times, ")"));
  }
};

TEST_F(ContainersTest, ContainersOfOneImageShareOneProbeAndCountEachForItself) {
  if (!HasOverlays()) GTEST_SKIP() << "SKIPPED: this kernel has no overlay mounts";
  const std::string image = LibraryFolder("image");
  ChildProcess one = StartContainer("one", image, "true"), other = StartContainer("other", image, "true");
  UntilCounted(one);
  UntilCounted(other);
  EXPECT_THAT(Probes(), ElementsAre(Pair(PROBE_SOURCE_USDT, 1)));
  Raise(&one, 300);
  Raise(&other, 50);
  EXPECT_EQ(ExceptionsOf(one, 300), 300u);
  EXPECT_EQ(ExceptionsOf(other, 50), 50u);
}

// What a container writes to is copied for it: another file, which may still bear
// the number of the first.
TEST_F(ContainersTest, AContainerThatChangedItsLibraryHasAnotherFile) {
  if (!HasOverlays()) GTEST_SKIP() << "SKIPPED: this kernel has no overlay mounts";
  const std::string image = LibraryFolder("image");
  ChildProcess one = StartContainer("one", image, "true");
  ChildProcess changed = StartContainer("changed", image, "touch $L");
  UntilCounted(one);
  UntilCounted(changed);
  Raise(&one, 300);
  Raise(&changed, 50);
  EXPECT_EQ(ExceptionsOf(one, 300), 300u);
  EXPECT_EQ(ExceptionsOf(changed, 50), 50u);
}

TEST_F(ContainersTest, AnUpgradeUnderARunningProcessLeavesBothCounted) {
  const std::string folder = LibraryFolder("lib");
  const std::string with_library = absl::StrCat("env LD_LIBRARY_PATH=", folder, " ruby");
  ChildProcess old = StartRuby(with_library);
  UntilCounted(old);
  // As a package manager does it: another file takes the name.
  std::filesystem::copy_file(RubyLibrary(), folder + "/new");
  std::filesystem::rename(folder + "/new", folder + "/" + kLibrary);
  ChildProcess young = StartRuby(with_library);
  UntilCounted(young);
  EXPECT_THAT(Probes(), ElementsAre(Pair(PROBE_SOURCE_USDT, 2)));
  Raise(&old, 70);
  Raise(&young, 80);
  EXPECT_EQ(ExceptionsOf(old, 70), 70u);
  EXPECT_EQ(ExceptionsOf(young, 80), 80u);
}

TEST_F(ContainersTest, ALibraryThatWasDeletedBeforeAnybodyLookedIsCounted) {
  const std::string folder = LibraryFolder("lib");
  ChildProcess ruby = StartRuby(absl::StrCat("env LD_LIBRARY_PATH=", folder, " ruby"));
  std::filesystem::remove_all(folder);
  UntilCounted(ruby);
  Raise(&ruby, 90);
  EXPECT_EQ(ExceptionsOf(ruby, 90), 90u);
}

TEST_F(ContainersTest, SeveralRubiesOnOneHostAreCountedEachByItsOwnProbe) {
  const std::string trixie = UnpackedRuby("trixie", {}), program = StaticRuby(true);
  if (trixie.empty() || program.empty()) GTEST_SKIP() << "SKIPPED: " << WhyNoRuby();
  uplink_.Direct({"web"});  // the first time those take longer than the agent waits for a silent controller
  ChildProcess machines = StartRuby(), newer = StartRuby(trixie), whole = StartRuby(program);
  for (const ChildProcess* ruby : {&machines, &newer, &whole}) UntilCounted(*ruby);
  EXPECT_EQ(Known(machines).exception_source(), PROBE_SOURCE_USDT);
  EXPECT_EQ(Known(newer).exception_source(), PROBE_SOURCE_SYMBOL);
  EXPECT_EQ(Known(whole).exception_source(), haldane::v1::PROBE_SOURCE_DISASSEMBLY);
  Raise(&machines, 10);
  Raise(&newer, 20);
  Raise(&whole, 30);
  EXPECT_EQ(ExceptionsOf(machines, 10), 10u);
  EXPECT_EQ(ExceptionsOf(newer, 20), 20u);
  EXPECT_EQ(ExceptionsOf(whole, 30), 30u);
}

}  // namespace
}  // namespace haldane::agent
