#include "base/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_split.h"
#include "base/unique_fd.h"

namespace haldane {
namespace {

using ::testing::HasSubstr;

TEST(JsonQuoteTest, LeavesPlainAndWellFormedTextAlone) {
  EXPECT_EQ(JsonQuote(""), "\"\"");
  EXPECT_EQ(JsonQuote("Errno::ENOENT /tmp"), "\"Errno::ENOENT /tmp\"");
  EXPECT_EQ(JsonQuote("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"");
}

TEST(JsonQuoteTest, EscapesWhatJsonForbids) {
  EXPECT_EQ(JsonQuote("a\"b\\c"), "\"a\\\"b\\\\c\"");
  EXPECT_EQ(JsonQuote("\n\t\r"), "\"\\n\\u0009\\u000d\"");
  EXPECT_EQ(JsonQuote(absl::string_view("\0\x1f\x7f", 3)), "\"\\u0000\\u001f\\u007f\"");
}

// What another program chose to put into a name must not break the line, nor
// reach the reader's terminal as an escape sequence.
TEST(JsonQuoteTest, ReplacesEveryMalformedByte) {
  const std::string bad = "\xEF\xBF\xBD";
  const auto quoted = [](const std::string& inner) { return "\"" + inner + "\""; };
  EXPECT_EQ(JsonQuote("\xFF"), quoted(bad));
  EXPECT_EQ(JsonQuote("\x80\x80"), quoted(bad + bad));
  EXPECT_EQ(JsonQuote("a\xC3"), quoted("a" + bad));                         // cut short
  EXPECT_EQ(JsonQuote("\xC0\xAF"), quoted(bad + bad));                      // overlong
  EXPECT_EQ(JsonQuote("\xE0\x80\xAF"), quoted(bad + bad + bad));            // overlong
  EXPECT_EQ(JsonQuote("\xED\xA0\x80"), quoted(bad + bad + bad));            // surrogate
  EXPECT_EQ(JsonQuote("\xF4\x90\x80\x80"), quoted(bad + bad + bad + bad));  // beyond U+10FFFF
  EXPECT_EQ(JsonQuote("\xF8\x88\x80\x80\x80"), quoted(bad + bad + bad + bad + bad));
  EXPECT_EQ(JsonQuote("\xE2\x82\""), quoted(bad + bad + "\\\""));  // the quote is not swallowed
}

// C1 controls are well-formed UTF-8, but terminals obey them: U+009B is CSI.
TEST(JsonQuoteTest, EscapesC1Controls) {
  EXPECT_EQ(JsonQuote("\xC2\x9B"
                      "2J"),
            "\"\\u009b2J\"");
}

TEST(JsonQuoteTest, EveryTwoBytesGiveOnePrintableLine) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string out = JsonQuote(std::string{static_cast<char>(a), static_cast<char>(b)});
      ASSERT_GE(out.size(), 4u);
      for (char c : out) ASSERT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7F) << a << " " << b;
      // Any quote inside is escaped.
      for (size_t i = 1; i + 1 < out.size(); ++i) {
        if (out[i] == '\\') {
          ++i;
        } else {
          ASSERT_NE(out[i], '"') << a << " " << b;
        }
      }
    }
  }
}

// Standard error sent to a pipe for the life of the object.
class CapturedStderr {
 public:
  CapturedStderr() {
    int fds[2];
    EXPECT_EQ(pipe2(fds, O_CLOEXEC), 0);
    read_end_ = UniqueFd(fds[0]);
    UniqueFd write_end(fds[1]);
    saved_ = UniqueFd(dup(STDERR_FILENO));
    dup2(write_end.get(), STDERR_FILENO);
    reader_ = std::thread([this] {
      char buffer[4096];
      for (ssize_t n; (n = read(read_end_.get(), buffer, sizeof buffer)) > 0;) {
        text_.append(buffer, static_cast<size_t>(n));
      }
    });
  }
  ~CapturedStderr() {
    if (reader_.joinable()) Text();
  }
  // Everything written; capturing ends.
  std::string Text() {
    dup2(saved_.get(), STDERR_FILENO);
    reader_.join();
    return text_;
  }

 private:
  UniqueFd read_end_, saved_;
  std::thread reader_;
  std::string text_;
};

TEST(LogTest, WritesOneJsonLinePerEvent) {
  CapturedStderr captured;
  LogWarning("probe \"lost\"", {{"binary", "/usr/bin/ruby\n3.1"}, {"count", 7}});
  const std::string text = captured.Text();
  EXPECT_THAT(text, HasSubstr("\"level\":\"warning\",\"event\":\"probe \\\"lost\\\"\","
                              "\"binary\":\"/usr/bin/ruby\\n3.1\",\"count\":\"7\"}\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(LogTest, LinesOfManyThreadsNeverInterleave) {
  CapturedStderr captured;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 200; ++i) LogInfo("event", {{"thread", t}, {"pad", std::string(200, 'x')}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<std::string> lines = absl::StrSplit(captured.Text(), '\n', absl::SkipEmpty());
  EXPECT_EQ(lines.size(), 800u);
  for (const std::string& line : lines) {
    EXPECT_EQ(line.rfind("{\"time\":", 0), 0u) << line;
    EXPECT_EQ(line.substr(line.size() - 3), "x\"}") << line;
  }
}

}  // namespace
}  // namespace haldane
