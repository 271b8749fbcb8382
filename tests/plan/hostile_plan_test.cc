// Plans that mean no good: bombs and mutations.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "plan/defaults.h"
#include "plan/plan_yaml.h"
#include "plan/validate.h"
#include "tests/plan/full_plan.h"

namespace haldane::plan {
namespace {

using haldane::v1::Plan;

std::string Refusal(absl::string_view text) {
  return std::string(ParsePlan(text, "p.yaml").status().message());
}

TEST(HostilePlanTest, RefusesBombs) {
  for (const char bracket : {'[', '{'}) {
    EXPECT_THAT(Refusal(absl::StrCat("service: ", std::string(20000, bracket))),
                ::testing::AnyOf(::testing::HasSubstr("nested more than 16 deep"),
                                 ::testing::HasSubstr("a key must be a word")));
  }
  EXPECT_THAT(Refusal(absl::StrCat("service: ", std::string(1000, '['), std::string(1000, ']'))),
              ::testing::HasSubstr("nested more than 16 deep"));
  std::string dashes, questions, items = "signals: [";
  for (int i = 0; i < 20000; ++i) {
    absl::StrAppend(&dashes, "- ");
    absl::StrAppend(&questions, "? ");
    absl::StrAppend(&items, "a,");
  }
  EXPECT_THAT(Refusal(dashes), ::testing::HasSubstr("nested more than 16 deep"));
  EXPECT_THAT(Refusal(questions), ::testing::HasSubstr("a key must be a word"));
  EXPECT_THAT(Refusal(items), ::testing::HasSubstr("more than 5000 values"));
  EXPECT_THAT(Refusal("a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n"),
              ::testing::HasSubstr("anchors (&name) are not supported"));
  EXPECT_THAT(Refusal("a: &a [*a]\n"), ::testing::HasSubstr("anchors (&name) are not supported"));
}

// Whatever is done to a good plan, the answer is a valid plan or a message in
// which every line names the file.
TEST(HostilePlanTest, SurvivesMutation) {
  std::mt19937 random(7);
  const std::string alphabet = "{}[]:,-?&*!|>'\"%@`#~ \n\t\r0aex.\\\x7F\xC3\xA9";
  const auto below = [&random](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  for (int round = 0; round < 5000; ++round) {
    std::string text = kFull;
    for (size_t edits = 1 + below(6); edits > 0; --edits) {
      const size_t at = below(text.size());
      switch (below(4)) {
        case 0:
          text[at] = alphabet[below(alphabet.size())];
          break;
        case 1:
          text.insert(at, 1, alphabet[below(alphabet.size())]);
          break;
        case 2:
          text.erase(at, 1 + below(8));
          break;
        default:
          text.insert(at, text.substr(below(text.size()), below(40)));
      }
      if (text.empty()) text = " ";
    }
    const absl::StatusOr<Plan> plan = ParsePlan(text, "p.yaml");
    if (plan.ok()) {
      EXPECT_TRUE(ValidatePlan(WithDefaults(*plan)).ok()) << text;
    } else {
      EXPECT_THAT(std::string(plan.status().message()),
                  ::testing::MatchesRegex("(p\\.yaml:[0-9]+: [^\n]+\n?)+"))
          << text;
    }
  }
}

}  // namespace
}  // namespace haldane::plan
