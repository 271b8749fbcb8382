#include "agent/ruby/usdt_notes.h"

#include <cstring>
#include <string>

#include "agent/ruby/elf_notes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace haldane::agent {
namespace {

TEST(RegisterOfArgument, IsItsPlaceInPtRegs) {
  EXPECT_EQ(RegisterOfArgument("8@%rax 8@48(%rsp) -4@100(%rsp)", 0), 10);
  EXPECT_EQ(RegisterOfArgument("8@%r15", 0), 0);
  EXPECT_EQ(RegisterOfArgument("-4@$0 -8@%rdi", 1), 14);
  EXPECT_EQ(RegisterOfArgument("8@%rdx", 0), 12);
  EXPECT_EQ(RegisterOfArgument("8@%rsp", 0), 19);
}

TEST(RegisterOfArgument, OtherFormsAreNotSupported) {
  for (const char* arguments : {"", " ", "8@48(%rsp)", "8@%eax", "4@%rax", "8@$5", "8@(%rax)", "8@%rax,%rbx",
                                "%rax", "8@", "@%rax", "8@%r99", "8@symbol(%rip)"}) {
    EXPECT_EQ(RegisterOfArgument(arguments, 0), std::nullopt) << arguments;
  }
  EXPECT_EQ(RegisterOfArgument("8@%rax", 1), std::nullopt);
}

std::string Note(uint32_t name_size, uint32_t content_size, const std::string& rest) {
  const uint32_t header[3] = {name_size, content_size, 3};
  return std::string(reinterpret_cast<const char*>(header), sizeof(header)) + rest;
}

TEST(ParseNotes, StopsAtTheFirstThatDoesNotFit) {
  const std::string good = Note(4, 5, std::string("GNU\0hello\0\0\0", 12));
  const std::vector<ElfNote> notes = ParseNotes(good);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].owner, "GNU");
  EXPECT_EQ(notes[0].content, "hello");
  EXPECT_EQ(ParseNotes(good + good).size(), 2u);
  EXPECT_EQ(ParseNotes(good + Note(0xffffffff, 0, "")).size(), 1u);
  EXPECT_EQ(ParseNotes(good + Note(4, 0xfffffffd, std::string("GNU\0", 4))).size(), 1u);
  EXPECT_EQ(ParseNotes("short").size(), 0u);
  // Without the padding that should follow it.
  EXPECT_EQ(ParseNotes(Note(4, 5, std::string("GNU\0hello", 9))).size(), 1u);
}

}  // namespace
}  // namespace haldane::agent
