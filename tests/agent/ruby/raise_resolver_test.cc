// Which of its sources a probe for exceptions is placed by, and that each is
// passed over when it is not there, does not fit or lies.
#include "agent/ruby/raise_resolver.h"

#include <filesystem>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "agent/ruby/known_builds.h"
#include "agent/ruby/usdt_notes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/ruby/spoilt_ruby.h"

namespace haldane::agent {
namespace {

using haldane::v1::PROBE_SOURCE_DEGRADED;
using haldane::v1::PROBE_SOURCE_DISASSEMBLY;
using haldane::v1::PROBE_SOURCE_NONE;
using haldane::v1::PROBE_SOURCE_SYMBOL;
using haldane::v1::PROBE_SOURCE_USDT;
using ::testing::HasSubstr;

TEST_F(SpoiltRuby, WithoutNotesFallsToRecovery) {
  MustRun("objcopy -R .note.stapsdt " + copy_);
  const RaiseProbe probe = Resolve();
  EXPECT_EQ(probe.source, PROBE_SOURCE_DISASSEMBLY);
  ASSERT_EQ(probe.points.size(), 1u);
  EXPECT_EQ(probe.points[0].payload, ProbePoint::Payload::kExceptionInRdx);
  EXPECT_THAT(probe.explanation, HasSubstr("machine code: rb_longjmp at 0x"));
  EXPECT_THAT(probe.explanation, HasSubstr("USDT ruby:raise: the file has no such note"));
  EXPECT_THAT(probe.explanation, HasSubstr("symbol table: stripped"));
}

TEST_F(SpoiltRuby, WithNotesOverwrittenFallsToRecovery) {
  const auto image = ElfImage::Open(copy_);
  const ElfSection* notes = image->FindSection(".note.stapsdt");
  if (notes == nullptr) GTEST_SKIP() << "SKIPPED: the machine's Ruby has no tracepoints";
  Overwrite(notes->offset, std::string(notes->size, '\xff'));
  EXPECT_EQ(Resolve().source, PROBE_SOURCE_DISASSEMBLY);
}

TEST_F(SpoiltRuby, AUsdtSiteThatTheKernelDoesNotEmulateIsRefused) {
  const RaiseProbe before = Resolve();
  if (before.source != PROBE_SOURCE_USDT) GTEST_SKIP() << "SKIPPED: the machine's Ruby has no tracepoints";
  Overwrite(before.points[0].file_offset, "\x48\x89\xc0");  // mov rax, rax
  const RaiseProbe probe = Resolve();
  EXPECT_EQ(probe.source, PROBE_SOURCE_DISASSEMBLY);
  EXPECT_THAT(probe.explanation, HasSubstr("is not one that the kernel emulates"));
}

TEST_F(SpoiltRuby, StrippedHarderStillIsRecovered) {
  MustRun("strip --strip-all -R .note.stapsdt -R .comment -R .gnu_debuglink " + copy_);
  EXPECT_EQ(Resolve().source, PROBE_SOURCE_DISASSEMBLY);
}

TEST_F(SpoiltRuby, ASymbolIsPreferredToRecovery) {
  MustRun("objcopy -R .note.stapsdt " + copy_);
  MustRun(absl::StrCat("objcopy --add-symbol rb_longjmp=", LongjmpInText(), ",function,local ", copy_));
  const RaiseProbe probe = Resolve();
  EXPECT_EQ(probe.source, PROBE_SOURCE_SYMBOL);
  ASSERT_EQ(probe.points.size(), 1u);
  EXPECT_EQ(probe.points[0].payload, ProbePoint::Payload::kExceptionInRdx);
  EXPECT_THAT(probe.explanation, HasSubstr("symbol table: rb_longjmp at 0x"));
}

TEST_F(SpoiltRuby, ASymbolThatLiesIsNotBelieved) {
  MustRun("objcopy -R .note.stapsdt --add-symbol rb_longjmp=.text:0x1000,function,local " + copy_);
  const RaiseProbe probe = Resolve();
  EXPECT_EQ(probe.source, PROBE_SOURCE_DISASSEMBLY);
  EXPECT_THAT(probe.explanation, HasSubstr("symbol table: it says that rb_longjmp is at 0x"));
}

TEST_F(SpoiltRuby, ADebugFileIsUsedWhenItsBuildIdMatches) {
  MustRun("objcopy -R .note.stapsdt " + copy_);
  const std::string id = ElfImage::Open(copy_)->build_id();
  const std::string folder = folder_.Path("debug/.build-id/" + id.substr(0, 2));
  const std::string debug = folder + "/" + id.substr(2) + ".debug";
  std::filesystem::create_directories(folder);
  MustRun(absl::StrCat("objcopy --only-keep-debug --add-symbol rb_longjmp=", LongjmpInText(),
                       ",function,local ", copy_, " ", debug));
  const RaiseProbe probe = Resolve(folder_.Path("debug"));
  EXPECT_EQ(probe.source, PROBE_SOURCE_SYMBOL) << probe.explanation;
  EXPECT_THAT(probe.explanation, HasSubstr(debug));

  MustRun("objcopy -R .note.gnu.build-id " + debug);
  const RaiseProbe other = Resolve(folder_.Path("debug"));
  EXPECT_EQ(other.source, PROBE_SOURCE_DISASSEMBLY);
  EXPECT_THAT(other.explanation, HasSubstr("has another build id"));
}

TEST_F(SpoiltRuby, ADebugLinkIsFollowedWhenItsChecksumMatches) {
  MustRun("objcopy -R .note.stapsdt -R .note.gnu.build-id -R .gnu_debuglink " + copy_);
  const std::string root = folder_.Path("debug");
  const std::string folder = root + copy_.substr(0, copy_.rfind('/'));
  std::filesystem::create_directories(folder);
  const std::string debug = folder + "/libruby.debug";
  MustRun(absl::StrCat("objcopy --only-keep-debug --add-symbol rb_longjmp=", LongjmpInText(),
                       ",function,local ", copy_, " ", debug, " && objcopy --add-gnu-debuglink=", debug, " ",
                       copy_));
  EXPECT_EQ(Resolve(root).source, PROBE_SOURCE_SYMBOL) << Resolve(root).explanation;

  MustRun("echo | tee -a " + debug);
  const RaiseProbe other = Resolve(root);
  EXPECT_EQ(other.source, PROBE_SOURCE_DISASSEMBLY);
  EXPECT_THAT(other.explanation, HasSubstr("has another checksum"));
}

// As Fedora's rpm makes it.
TEST_F(SpoiltRuby, MiniDebugInfoIsUnpackedAndUsed) {
  MustRun("objcopy -R .note.stapsdt " + copy_);
  const std::string mini = folder_.Path("mini");
  MustRun(absl::StrCat("objcopy -S --add-symbol rb_longjmp=", LongjmpInText(), ",function,local ", copy_, " ",
                       mini, " && xz -k ", mini, " && objcopy --add-section .gnu_debugdata=", mini, ".xz ",
                       copy_));
  const RaiseProbe probe = Resolve();
  EXPECT_EQ(probe.source, PROBE_SOURCE_SYMBOL) << probe.explanation;
  EXPECT_THAT(probe.explanation, HasSubstr("mini debug info: rb_longjmp at 0x"));
}

TEST_F(SpoiltRuby, MiniDebugInfoThatCannotBeUnpackedIsPassedOver) {
  MustRun("objcopy -R .note.stapsdt " + copy_);
  const std::string original = ReadWholeFile(copy_);
  const auto with = [&](const std::string& content) {
    folder_.Write("libruby.so", original);
    MustRun("objcopy --add-section .gnu_debugdata=" + folder_.Write("section", content) + " " + copy_);
    return Resolve();
  };
  const auto packed = [&](const std::string& command) {
    MustRun("( " + command + " > " + folder_.Path("packed.xz") + " )");
    return ReadWholeFile(folder_.Path("packed.xz"));
  };
  const std::string whole = packed("xz -0 -c " + MachineLibruby());
  const RaiseProbe no_lzma = with("no LZMA at all");
  EXPECT_EQ(no_lzma.source, PROBE_SOURCE_DISASSEMBLY);
  EXPECT_THAT(no_lzma.explanation, HasSubstr("section .gnu_debugdata: cannot be unpacked"));
  EXPECT_THAT(with(whole.substr(0, whole.size() / 2)).explanation, HasSubstr("cannot be unpacked"));
  EXPECT_THAT(with(packed("head -c 100M /dev/zero | xz -0 -c")).explanation, HasSubstr("absurdly large"));
  EXPECT_THAT(with(packed("echo text | xz --lzma2=dict=128MiB -c")).explanation,
              HasSubstr("cannot be unpacked"));
  EXPECT_THAT(with(packed("echo text | xz -c")).explanation, HasSubstr("too short"));
  EXPECT_EQ(with(whole).source, PROBE_SOURCE_DISASSEMBLY) << "it is stripped itself";
}

// The machine's own, with nothing that tells where rb_longjmp is but its build id.
TEST_F(SpoiltRuby, AKnownBuildNeedsNothingElse) {
  copy_ = folder_.Write("libruby.so", ReadWholeFile(MachineLibruby()));
  const KnownBuild* known = nullptr;
  for (const KnownBuild& build : KnownBuilds()) {
    if (build.build_id == absl::string_view(ElfImage::Open(copy_)->build_id())) known = &build;
  }
  if (known == nullptr) GTEST_SKIP() << "SKIPPED: the machine's Ruby is not among the known builds";
  MustRun("objcopy -R .note.stapsdt " + copy_);
  SpoilMachineCode();
  const RaiseProbe probe = Resolve();
  EXPECT_EQ(probe.source, PROBE_SOURCE_SYMBOL) << probe.explanation;
  EXPECT_THAT(probe.explanation, HasSubstr(absl::StrCat("known builds: rb_longjmp at 0x",
                                                        absl::Hex(known->longjmp), " (", known->package)));
}

TEST_F(SpoiltRuby, ABuildIdThatLiesIsNotBelieved) {
  MustRun("objcopy -R .note.stapsdt " + copy_);
  const std::string machines = ElfImage::Open(MachineLibruby())->build_id();
  const size_t at = ReadWholeFile(copy_).find(absl::HexStringToBytes(ElfImage::Open(copy_)->build_id()));
  for (const KnownBuild& build : KnownBuilds()) {
    if (build.build_id == absl::string_view(machines)) continue;
    Overwrite(at, absl::HexStringToBytes(build.build_id));
    const RaiseProbe probe = Resolve();
    EXPECT_EQ(probe.source, PROBE_SOURCE_DISASSEMBLY);
    EXPECT_THAT(probe.explanation, HasSubstr("known builds: it says that rb_longjmp is at 0x"));
  }
}

TEST_F(SpoiltRuby, ATracepointOutsideTheFileIsRefused) {
  const auto image = ElfImage::Open(copy_);
  const auto notes = FindUsdtNotes(*image, "ruby", "raise");
  ASSERT_TRUE(notes.ok());
  if (notes->empty()) GTEST_SKIP() << "SKIPPED: the machine's Ruby has no tracepoints";
  const std::string whole = ReadWholeFile(copy_);
  const auto bytes_of = [](uint64_t word) { return std::string(reinterpret_cast<const char*>(&word), 8); };
  const size_t note =
      whole.find(bytes_of(notes->front().location), image->FindSection(".note.stapsdt")->offset);
  ASSERT_NE(note, std::string::npos);
  const size_t semaphore = note + 2 * sizeof(uint64_t);
  for (const uint64_t address : {uint64_t{1} << 40, ~uint64_t{0}, uint64_t{0}}) {
    Overwrite(note, bytes_of(address));
    const RaiseProbe probe = Resolve();
    EXPECT_EQ(probe.source, PROBE_SOURCE_DISASSEMBLY) << address;
    EXPECT_THAT(probe.explanation, HasSubstr("is not in executable code"));
  }
  Overwrite(note, whole.substr(note, sizeof(uint64_t)));
  Overwrite(semaphore, bytes_of(uint64_t{1} << 40));
  EXPECT_EQ(Resolve().source, PROBE_SOURCE_DISASSEMBLY);
  EXPECT_THAT(Resolve().explanation, HasSubstr("is not writable data of the file"));
}

TEST_F(SpoiltRuby, WithoutCertaintyRecoveryRefusesAndTheSourceIsDegraded) {
  MustRun("objcopy -R .note.stapsdt " + copy_);
  SpoilMachineCode();
  const RaiseProbe probe = Resolve();
  EXPECT_EQ(probe.source, PROBE_SOURCE_DEGRADED);
  EXPECT_THAT(probe.explanation, HasSubstr("machine code: rb_exc_fatal: its last call does not pass tag 8"));
  ASSERT_EQ(probe.points.size(), 2u);
  EXPECT_EQ(probe.points[0].payload, ProbePoint::Payload::kExceptionInRdi);
  EXPECT_EQ(probe.points[1].payload, ProbePoint::Payload::kNone);
  // Not at the entries, which the kernel does not emulate.
  EXPECT_NE(probe.points[0].file_offset, OffsetOf("rb_exc_raise"));
  EXPECT_NE(probe.points[1].file_offset, OffsetOf("rb_make_exception"));
}

TEST_F(SpoiltRuby, AProgramIsNeverCountedByTheDegradedPair) {
  MustRun("objcopy -R .note.stapsdt " + copy_);
  Overwrite(OffsetOf("rb_exc_raise"), std::string(16, '\x06'));  // no instruction
  const uint16_t program = ET_EXEC;
  Overwrite(offsetof(Elf64_Ehdr, e_type), absl::string_view(reinterpret_cast<const char*>(&program), 2));
  const RaiseProbe probe = Resolve();
  EXPECT_EQ(probe.source, PROBE_SOURCE_NONE);
  EXPECT_TRUE(probe.points.empty());
  EXPECT_THAT(probe.explanation, HasSubstr("inlined"));
}

}  // namespace
}  // namespace haldane::agent
