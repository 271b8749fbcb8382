#include "guard/attribution/script_text.h"

#include <gtest/gtest.h>

namespace haldane::guard {
namespace {

using Kind = ScriptLine::Kind;

const char kScript[] =
    "#!/bin/bash\n"
    "fetch() { curl x; }\n"
    "function push { git push; }\n"
    "/usr/bin/curl http://a\n"
    "for i in 1 2; do\n"
    "  curl $i\n"
    "done\n"
    "fetch now\n"
    "push\n"
    "curling\n"
    "last";

// The offset behind the line of that number, where bash stands when it runs it.
uint64_t Behind(int line) {
  const std::string script = kScript;
  size_t at = 0;
  for (int i = 0; i < line; i++) at = script.find('\n', at) + 1;
  return at == 0 ? script.size() : at;
}

TEST(LineAt, NamesTheLineThatHoldsTheCommand) {
  const ScriptLine line = LineAt(kScript, Behind(4), {"curl"});
  EXPECT_EQ(line.line, 4u);
  EXPECT_EQ(line.kind, Kind::kExact);
  EXPECT_EQ(line.text, "/usr/bin/curl http://a");
}

TEST(LineAt, NamesTheEndOfALoopAsSuch) {
  const ScriptLine line = LineAt(kScript, Behind(7), {"curl"});
  EXPECT_EQ(line.line, 7u);
  EXPECT_EQ(line.kind, Kind::kStatementEnd);
}

TEST(LineAt, NamesTheCallOfAFunctionAsSuch) {
  EXPECT_EQ(LineAt(kScript, Behind(8), {"curl"}).kind, Kind::kCallSite);
  EXPECT_EQ(LineAt(kScript, Behind(9), {"git"}).kind, Kind::kCallSite);
}

TEST(LineAt, TakesNoPartOfAWordForTheCommand) {
  EXPECT_EQ(LineAt(kScript, Behind(10), {"curl"}).kind, Kind::kStatementEnd);
}

TEST(LineAt, KnowsALastLineWithoutItsEnd) {
  const ScriptLine line = LineAt(kScript, sizeof kScript - 1, {"last"});
  EXPECT_EQ(line.line, 11u);
  EXPECT_EQ(line.kind, Kind::kExact);
}

TEST(LineAt, DoesNotGuessOutsideTheText) {
  EXPECT_EQ(LineAt(kScript, 0, {"curl"}).line, 0u);
  EXPECT_EQ(LineAt(kScript, 100000, {"curl"}).kind, Kind::kUnknown);
  EXPECT_EQ(LineAt("", 1, {}).line, 0u);
}

}  // namespace
}  // namespace haldane::guard
