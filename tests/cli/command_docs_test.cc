// Completions and the manual, made from the command line itself: each shell that
// is here runs its script, and each formatter its pages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/render/yaml.h"
#include "tests/cli/temporary_path.h"

namespace haldane::cli {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

struct Shell {
  int code = -1;
  std::string out;  // and err
};

Shell Sh(const std::string& command) {
  Shell result;
  std::FILE* const pipe = popen(absl::StrCat("(", command, ") 2>&1").c_str(), "r");
  std::array<char, 4096> buffer;
  for (size_t size; (size = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    result.out.append(buffer.data(), size);
  }
  result.code = WEXITSTATUS(pclose(pipe));
  return result;
}

std::set<std::string> Words(const std::string& text) {
  return absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty());
}

bool IsHere(const std::string& program) { return Sh("command -v " + program).code == 0; }

// A file with a script on which `shell` has nothing to say.
std::string ScriptOf(const std::string& shell) {
  const std::string file = TemporaryPath(absl::StrCat("completion.", shell));
  EXPECT_EQ(Sh(absl::StrCat(HALDANE_BINARY, " completion ", shell, " > ", file)).code, 0);
  const Shell syntax = Sh(absl::StrCat(shell, " -n ", file));
  EXPECT_EQ(syntax.code, 0);
  EXPECT_EQ(syntax.out, "");
  return file;
}

// What bash offers for the last of these words.
std::set<std::string> Bash(const std::string& words) {
  const std::string script = ScriptOf("bash");
  const Shell offered = Sh(absl::StrCat("bash -c 'source ", script, "; COMP_WORDS=(", words,
                                        "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _haldane; "
                                        "printf \"%s\\n\" \"${COMPREPLY[@]}\"'"));
  EXPECT_EQ(offered.code, 0) << offered.out;
  return Words(offered.out);
}

TEST(CompletionTest, BashOffersCommandsOptionsAndChoices) {
  EXPECT_THAT(Bash("haldane \"\""),
              IsSupersetOf({"gate", "rollout", "override", "fleet", "plan", "replay", "watch"}));
  EXPECT_THAT(Bash("haldane roll"), ::testing::ElementsAre("rollout"));
  EXPECT_THAT(Bash("haldane rollout \"\""),
              IsSupersetOf({"create", "list", "get", "explain", "watch", "abort"}));
  EXPECT_THAT(Bash("haldane gate --"), IsSupersetOf({"--plan", "--stage", "--on-unreachable", "--server"}));
  EXPECT_THAT(Bash("haldane gate --on-unreachable \"\""), ::testing::ElementsAre("fail", "pass"));
  EXPECT_THAT(Bash("haldane --server x rollout list -o \"\""), IsSupersetOf({"json", "table", "yaml"}));
  EXPECT_THAT(Bash("haldane override apply web-1 \"\""), IsSupersetOf({"proceed", "rollback", "hold"}));
  EXPECT_THAT(Bash("haldane token create --role \"\""), IsSupersetOf({"viewer", "oncall"}));
  EXPECT_THAT(Bash("haldane completion \"\""), ::testing::ElementsAre("bash", "fish", "zsh"));
}

TEST(CompletionTest, BashOffersFilesWhereAFileIsWanted) {
  const std::string file = TemporaryPath("completion_plan.yaml");
  std::ofstream(file) << "service: web\n";
  EXPECT_THAT(Bash(absl::StrCat("haldane gate --plan ", file.substr(0, file.size() - 3))), Contains(file));
}

TEST(CompletionTest, ZshOffersTheSame) {
  if (!IsHere("zsh")) GTEST_SKIP() << "SKIPPED: zsh is not installed";
  const std::string script = ScriptOf("zsh");
  const auto offered = [&](const std::string& words) {
    // compadd is what would fill the menu.
    return Words(Sh(absl::StrCat("zsh -fc 'compdef() { :; }; compadd() { print -l -- \"${@:2}\"; }; source ",
                                 script, "; words=(", words, "); CURRENT=${#words}; _haldane'"))
                     .out);
  };
  EXPECT_THAT(offered("haldane \"\""), IsSupersetOf({"gate", "rollout", "override"}));
  EXPECT_THAT(offered("haldane rollout \"\""), IsSupersetOf({"create", "abort"}));
  EXPECT_THAT(offered("haldane gate --on-unreachable \"\""), ::testing::ElementsAre("fail", "pass"));
}

TEST(CompletionTest, FishOffersTheSameWithDescriptions) {
  if (!IsHere("fish")) GTEST_SKIP() << "SKIPPED: fish is not installed";
  const std::string script = ScriptOf("fish");
  const auto offered = [&](const std::string& line) {
    return Sh(absl::StrCat("fish --no-config -c 'source ", script, "; complete -C \"", line, "\"'")).out;
  };
  EXPECT_THAT(offered("haldane "), AllOf(HasSubstr("gate\tOpen a rollout"), HasSubstr("rollout\t")));
  EXPECT_THAT(offered("haldane rollout "), AllOf(HasSubstr("abort\t"), Not(HasSubstr("gate\t"))));
  EXPECT_THAT(offered("haldane gate --on-unreachable "), AllOf(HasSubstr("fail"), HasSubstr("pass")));
}

class ManTest : public ::testing::Test {
 protected:
  ManTest() { std::filesystem::remove_all(directory_); }
  ~ManTest() override { std::filesystem::remove_all(directory_); }

  const std::string directory_ = TemporaryPath("man");
};

TEST_F(ManTest, EveryCommandHasAPageOnWhichFormattersHaveNothingToSay) {
  ASSERT_EQ(Sh(absl::StrCat(HALDANE_BINARY, " man ", directory_)).code, 0);
  const std::set<std::string> commands = Bash("haldane \"\"");
  for (const std::string& command : commands) {
    const std::string page = absl::StrCat(directory_, "/haldane-", command, ".1");
    EXPECT_TRUE(std::filesystem::exists(page)) << page;
  }
  if (!IsHere("groff")) GTEST_SKIP() << "SKIPPED: groff is not installed";
  for (const auto& page : std::filesystem::directory_iterator(directory_)) {
    const Shell formatted = Sh(absl::StrCat("groff -man -ww -z ", page.path().string()));
    EXPECT_EQ(formatted.code, 0);
    EXPECT_EQ(formatted.out, "") << page.path();
  }
}

TEST_F(ManTest, ThePageOfTheGateReadsLikeItsHelp) {
  if (!IsHere("groff")) GTEST_SKIP() << "SKIPPED: groff is not installed";
  ASSERT_EQ(Sh(absl::StrCat(HALDANE_BINARY, " man ", directory_)).code, 0);
  const std::string gate =
      Sh(absl::StrCat("groff -man -Tascii -P-c ", directory_, "/haldane-gate.1 | col -bx")).out;
  EXPECT_THAT(gate, HasSubstr("--on-unreachable fail|pass"));
  EXPECT_THAT(gate, HasSubstr("haldane gate --plan plan.yaml && deploy the-rest"));
  const std::string main =
      Sh(absl::StrCat("groff -man -Tascii -P-c ", directory_, "/haldane.1 | col -bx")).out;
  EXPECT_THAT(main, HasSubstr("gate: undecided at the deadline"));
  EXPECT_THAT(main, HasSubstr("haldane-rollout(1)"));
}

TEST_F(ManTest, ADirectoryThatCannotBeIsNamed) {
  const Shell failed = Sh(absl::StrCat(HALDANE_BINARY, " man /proc/nowhere"));
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(failed.out, HasSubstr("cannot write /proc/nowhere/haldane.1"));
}

TEST(YamlTest, IsTheSameDocumentInBlocks) {
  EXPECT_EQ(
      YamlOf(R"({"a":1,"b c":"x: \"y\"","on":[],"d":{},"e":[{"f":null,"g":[1,[2,3]]},"h"],"true":false})"),
      "a: 1\n"
      "\"b c\": \"x: \\\"y\\\"\"\n"
      "\"on\": []\n"
      "d: {}\n"
      "e:\n"
      "  - f: null\n"
      "    g:\n"
      "      - 1\n"
      "      - - 2\n"
      "        - 3\n"
      "  - \"h\"\n"
      "\"true\": false\n");
  EXPECT_EQ(YamlOf("[]"), "[]\n");
  EXPECT_EQ(YamlOf("\"a\""), "\"a\"\n");
}

}  // namespace
}  // namespace haldane::cli
