#include "agent/ruby/interpreter.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include "agent/ruby/known_builds.h"
#include "agent/ruby/longjmp_recovery.h"
#include "agent/ruby/symbols.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/elf_file_fixture.h"
#include "tests/agent/ruby/spoilt_ruby.h"
#include "tests/agent/ruby_process_fixture.h"

namespace haldane::agent {
namespace {

using haldane::v1::PROBE_SOURCE_NONE;
using haldane::v1::PROBE_SOURCE_USDT;
using ::testing::HasSubstr;

// The first line of a command's output.
std::string OutputOf(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  char line[4096] = "";
  if (fgets(line, sizeof(line), pipe.get()) == nullptr) return "";
  line[std::strcspn(line, "\n")] = '\0';
  return line;
}

TEST(Interpreter, TheMachinesRubyIsWhatReadelfSaysItIs) {
  const std::string path = MachineLibruby();
  const auto ruby = ReadInterpreter(path);
  ASSERT_TRUE(ruby.ok()) << ruby.status();
  EXPECT_EQ(ruby->version, OutputOf("ruby -e 'puts RUBY_VERSION'"));
  EXPECT_EQ(ruby->build_id, OutputOf("readelf -n " + path + " | sed -n 's/.*Build ID: //p'"));
}

TEST(Interpreter, UsdtIsFirstChoiceAndAtTheSiteReadelfShows) {
  const std::string path = MachineLibruby();
  const std::string site = OutputOf("readelf -nW " + path + " | grep -A2 'Name: raise$' | grep Location");
  if (site.empty()) GTEST_SKIP() << "SKIPPED: " << path << " has no ruby:raise tracepoint";
  uint64_t location = 0, base = 0, semaphore = 0;
  ASSERT_EQ(
      std::sscanf(site.c_str(), " Location: %lx, Base: %lx, Semaphore: %lx", &location, &base, &semaphore),
      3);
  const auto image = ElfImage::Open(path);
  const auto ruby = ReadInterpreter(path);
  ASSERT_TRUE(image.ok() && ruby.ok());
  EXPECT_EQ(ruby->raise.source, PROBE_SOURCE_USDT);
  ASSERT_EQ(ruby->raise.points.size(), 1u);
  EXPECT_EQ(ruby->raise.points[0].file_offset, image->Locate(location)->offset);
  EXPECT_EQ(ruby->raise.points[0].semaphore_offset, image->Locate(semaphore)->offset);
  EXPECT_EQ(ruby->raise.points[0].payload, ProbePoint::Payload::kClassName);
  EXPECT_EQ(ruby->raise.points[0].name_register, 10);  // rax
  EXPECT_EQ(ReadWholeFile(path)[ruby->raise.points[0].file_offset], '\x90');
}

void ExpectRecovery(const std::string& path) {
  const auto image = ElfImage::Open(path);
  ASSERT_TRUE(image.ok()) << image.status();
  const auto exported = SymbolTable::Read(*image, SymbolTable::Kind::kDynamic);
  ASSERT_TRUE(exported.ok());
  const auto exc_raise = exported->Find("rb_exc_raise");
  const auto exc_fatal = exported->Find("rb_exc_fatal");
  ASSERT_TRUE(exc_raise.ok() && exc_fatal.ok());
  const auto address = RecoverLongjmp(*image, *exc_raise, *exc_fatal);
  ASSERT_TRUE(address.ok()) << address.status();
  for (const KnownBuild& known : KnownBuilds()) {
    if (known.build_id == absl::string_view(image->build_id())) {
      EXPECT_EQ(*address, known.longjmp);
    }
  }
  // Both must take part: one of them twice passes the wrong tag.
  EXPECT_FALSE(RecoverLongjmp(*image, *exc_raise, *exc_raise).ok());
  EXPECT_FALSE(RecoverLongjmp(*image, *exc_fatal, *exc_raise).ok());
}

TEST(LongjmpRecovery, OnTheMachinesRuby) { ExpectRecovery(MachineLibruby()); }

class InterpreterOfSuite : public ::testing::TestWithParam<const char*> {};

TEST_P(InterpreterOfSuite, LongjmpIsRecovered) {
  std::string why;
  const auto ruby = RubyOfSuite(GetParam(), &why);
  if (!ruby) GTEST_SKIP() << "SKIPPED: " << why;
  ExpectRecovery(LibrubyOfSuite(*ruby));
  const auto interpreter = ReadInterpreter(LibrubyOfSuite(*ruby));
  ASSERT_TRUE(interpreter.ok());
  EXPECT_EQ(interpreter->version, OutputOf(*ruby + " -e 'puts RUBY_VERSION'"));
  EXPECT_NE(interpreter->raise.source, PROBE_SOURCE_NONE);
}

INSTANTIATE_TEST_SUITE_P(Suites, InterpreterOfSuite, ::testing::Values("bullseye", "trixie"),
                         [](const auto& info) { return std::string(info.param); });

TEST_F(SpoiltRuby, TruncatedAnywhereIsAnErrorOrLess) {
  const std::string whole = ReadWholeFile(copy_);
  for (size_t size = 0; size < whole.size(); size += 4096) {
    ASSERT_EQ(truncate(copy_.c_str(), 0), 0);
    folder_.Write("libruby.so", absl::string_view(whole).substr(0, size));
    const auto ruby = ReadInterpreter(copy_);
    ASSERT_EQ(ruby.status().code(), absl::StatusCode::kInvalidArgument) << size;
    ASSERT_THAT(
        std::string(ruby.status().message()),
        ::testing::AllOf(::testing::StartsWith(copy_ + ": "),
                         ::testing::AnyOf(HasSubstr("beyond the end of the file"), HasSubstr("too short"))));
  }
}

TEST_F(SpoiltRuby, TruncatedWhileItIsReadIsAnError) {
  const auto image = ElfImage::Open(copy_);
  ASSERT_TRUE(image.ok());
  ASSERT_EQ(truncate(copy_.c_str(), 4096), 0);
  EXPECT_EQ(ReadInterpreter(*image).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SpoiltRuby, RandomBitsNeverDoHarm) {
  const std::string whole = ReadWholeFile(copy_);
  const auto image = ElfImage::Open(copy_);
  struct stat about;
  ASSERT_EQ(stat(copy_.c_str(), &about), 0);
  Elf64_Ehdr header;
  std::memcpy(&header, whole.data(), sizeof(header));
  // What a reader follows: headers, symbols, notes, and the code of the raise path.
  const uint64_t raise = OffsetOf("rb_exc_raise");
  struct Region {
    uint64_t offset, size;
  };
  std::vector<Region> regions = {
      {0, 1024}, {header.e_shoff, header.e_shnum * sizeof(Elf64_Shdr)}, {raise - 0x400, 0x800}};
  for (const char* name :
       {".dynsym", ".note.stapsdt", ".note.gnu.build-id", ".gnu_debuglink", ".shstrtab", ".dynamic"}) {
    if (const ElfSection* section = image->FindSection(name))
      regions.push_back({section->offset, section->size});
  }
  std::mt19937 random(20260302);
  const int fd = open(copy_.c_str(), O_RDWR);
  for (int round = 0; round < 4000; ++round) {
    std::vector<uint64_t> changed;
    for (uint32_t i = 0, n = 1 + random() % 8; i < n; ++i) {
      const Region& region = regions[random() % regions.size()];
      const uint64_t at = region.offset + random() % region.size;
      const char byte =
          random() % 2 == 0 ? static_cast<char>(random()) : static_cast<char>(random() % 2 == 0 ? 0xff : 0);
      ASSERT_EQ(pwrite(fd, &byte, 1, static_cast<off_t>(at)), 1);
      changed.push_back(at);
    }
    const auto ruby = ReadInterpreter(copy_);
    if (ruby.ok()) {
      for (const ProbePoint& point : ruby->raise.points) ASSERT_LT(point.file_offset, whole.size());
    }
    for (const uint64_t at : changed) ASSERT_EQ(pwrite(fd, &whole[at], 1, static_cast<off_t>(at)), 1);
  }
  close(fd);
}

TEST(Interpreter, WhatIsNotRubyIsSaidToBeSo) {
  TemporaryFolder folder;
  EXPECT_EQ(ReadInterpreter("/bin/true").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadInterpreter("/usr/bin/ruby").status().code(),
            absl::StatusCode::kNotFound);  // only a starter of libruby
  const auto invalid = [](const std::string& path) {
    const auto ruby = ReadInterpreter(path);
    EXPECT_EQ(ruby.status().code(), absl::StatusCode::kInvalidArgument) << ruby.status();
    EXPECT_THAT(std::string(ruby.status().message()), ::testing::StartsWith(path + ": "));
  };
  invalid(folder.Write("text", "#!/usr/bin/ruby\nputs 1\n" + std::string(100, 'x')));
  invalid(folder.Write("empty", ""));
  invalid(folder.Write("short",
                       "\x7f"
                       "ELF"));
  invalid(folder.Path(""));
  invalid("/dev/null");
  const std::string fifo = folder.Path("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  invalid(fifo);
  std::string arm = ReadWholeFile("/bin/true");
  arm[18] = '\xb7';  // e_machine
  invalid(folder.Write("arm", arm));
  EXPECT_EQ(ReadInterpreter(folder.Path("missing")).status().code(), absl::StatusCode::kNotFound);
}

TEST(Interpreter, AnUnreadableFileIsPermissionDenied) {
  TemporaryFolder folder;
  const std::string path = folder.Write("libruby.so", "x");
  ASSERT_EQ(chmod(path.c_str(), 0), 0);
  ASSERT_EQ(chmod(folder.Path("").c_str(), 0755), 0);
  // In a child that has given up root.
  const pid_t child = fork();
  if (child == 0) {
    if (setuid(65534) != 0) _exit(2);
    _exit(absl::IsPermissionDenied(ReadInterpreter(path).status()) ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WEXITSTATUS(status) == 2) GTEST_SKIP() << "SKIPPED: cannot become another user";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace haldane::agent
