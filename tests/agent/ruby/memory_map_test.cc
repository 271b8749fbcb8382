#include "agent/ruby/memory_map.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace haldane::agent {
namespace {

TEST(MemoryMap, KeepsExecutableMappingsOfFiles) {
  const auto mappings = ParseExecutableMappings(
      "55d0c0000000-55d0c0001000 r--p 00000000 fe:00 11      /usr/bin/ruby3.1\n"
      "55d0c0001000-55d0c0002000 r-xp 00001000 fe:00 11      /usr/bin/ruby3.1\n"
      "55d0c1000000-55d0c1021000 rw-p 00000000 00:00 0       [heap]\n"
      "7f0000000000-7f0000259000 r-xp 00033000 fe:00 12      /usr/lib/lib ruby\\012.so (deleted)\n"
      "7f0000300000-7f0000301000 rwxp 00000000 00:00 0 \n"
      "7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0       [vdso]\n");
  ASSERT_EQ(mappings.size(), 2u);
  EXPECT_EQ(mappings[0].start, 0x55d0c0001000u);
  EXPECT_EQ(mappings[0].offset, 0x1000u);
  EXPECT_EQ(mappings[0].inode, 11u);
  EXPECT_EQ(mappings[0].range, "55d0c0001000-55d0c0002000");
  EXPECT_EQ(mappings[0].path, "/usr/bin/ruby3.1");
  EXPECT_EQ(mappings[1].path, "/usr/lib/lib ruby\\012.so (deleted)");
}

TEST(MemoryMap, LinesOfAnyOtherShapeArePassedOver) {
  for (const char* line :
       {"", "\n\n", "x", "1-2", "1-2 r-xp", "1-2 r-xp 0 0:0", "zz-1 r-xp 0 0:0 1 /a", "1 r-xp 0 0:0 1 /a",
        "-1 r-xp 0 0:0 1 /a", "1- r-xp 0 0:0 1 /a", "1-2 r-xp zz 0:0 1 /a", "1-2 r-xp 0 0:0 -1 /a",
        "1-2 r-xp 0 0:0 99999999999999999999999 /a", "1-2 x 0 0:0 1 /a",
        "11112222333344445-2 r-xp 0 0:0 1 /a"}) {
    EXPECT_TRUE(ParseExecutableMappings(line).empty()) << line;
  }
  EXPECT_EQ(ParseExecutableMappings("1-2 r-xp 0 0:0 1").size(), 1u);  // nameless is fine
}

TEST(MemoryMap, ThisProcessMapsItself) {
  const auto mappings = ReadExecutableMappings("/proc/self");
  ASSERT_TRUE(mappings.ok());
  ASSERT_FALSE(mappings->empty());
  const auto path = OpenablePathOf("/proc/self", mappings->front());
  ASSERT_TRUE(path.ok()) << path.status();
  const auto image = ElfImage::Open(*path);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_TRUE(LoadBias(*image, mappings->front()).has_value());
  FileMapping elsewhere = mappings->front();
  elsewhere.offset += 0x123000;
  EXPECT_FALSE(LoadBias(*image, elsewhere).has_value());
}

}  // namespace
}  // namespace haldane::agent
