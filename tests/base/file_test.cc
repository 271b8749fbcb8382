#include "base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace haldane {
namespace {

using ::testing::HasSubstr;

class ReadFileTest : public ::testing::Test {
 protected:
  ReadFileTest() {
    std::string pattern = ::testing::TempDir() + "haldane-file-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~ReadFileTest() override { std::filesystem::remove_all(folder_); }
  std::string Write(const std::string& content) {
    const std::string path = folder_ + "/file";
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  std::string folder_;
};

TEST_F(ReadFileTest, ReadsAllBytesUpToAndIncludingTheLimit) {
  std::string content(50000, 'a');
  content[7] = '\0';
  const std::string path = Write(content);
  const auto read = ReadFile(path, content.size());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, content);
}

TEST_F(ReadFileTest, RefusesOneByteMoreThanTheLimit) {
  const std::string path = Write(std::string(50000, 'a'));
  const absl::Status status = ReadFile(path, 49999).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
}

TEST_F(ReadFileTest, AnEmptyFileIsNoError) {
  const auto read = ReadFile(Write(""), 0);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, "");
}

TEST_F(ReadFileTest, ReadsProcFilesThatStateNoSize) {
  const auto read = ReadFile("/proc/self/stat", 4096);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_FALSE(read->empty());
}

// An endless file must cost no more than the limit.
TEST_F(ReadFileTest, AnEndlessFileStopsAtTheLimit) {
  EXPECT_EQ(ReadFile("/dev/zero", 1 << 20).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(ReadFileTest, ErrorsNameThePathAndKeepTheErrnosCode) {
  const std::string missing = folder_ + "/missing";
  const absl::Status status = ReadFile(missing, 10).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr(missing));
  const absl::Status folder = ReadFile(folder_, 10).status();
  EXPECT_FALSE(folder.ok());
  EXPECT_THAT(std::string(folder.message()), HasSubstr(folder_));
}

}  // namespace
}  // namespace haldane
