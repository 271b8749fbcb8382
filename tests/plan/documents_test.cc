// The plans that documents show are plans: what people copy works.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "base/file.h"
#include "plan/defaults.h"
#include "plan/plan_yaml.h"
#include "plan/validate.h"
#include "tests/support/status_matchers.h"

namespace haldane::plan {
namespace {

using haldane::testing::IsOk;

// The blocks of a document that show a plan.
std::vector<std::string> PlansIn(const std::string& markdown) {
  std::vector<std::string> plans;
  std::string block;
  bool inside = false;
  for (const absl::string_view line : absl::StrSplit(markdown, '\n')) {
    if (absl::StartsWith(line, "```")) {
      if (inside && absl::StrContains(block, "\nbaseline:")) plans.push_back(block);
      inside = line == "```yaml";
      block.clear();
    } else if (inside) {
      block.append(line.data(), line.size());
      block += '\n';
    }
  }
  return plans;
}

TEST(DocumentsTest, EveryPlanThatIsShownIsOne) {
  for (const char* document : {"README.md", "docs/plans.md"}) {
    const absl::StatusOr<std::string> text = ReadFile(std::string(HALDANE_SOURCE "/") + document, 1 << 20);
    ASSERT_THAT(text, IsOk());
    const std::vector<std::string> plans = PlansIn(*text);
    EXPECT_FALSE(plans.empty()) << document;
    for (const std::string& shown : plans) {
      const absl::StatusOr<haldane::v1::Plan> plan = ParsePlan(shown, document);
      ASSERT_THAT(plan, IsOk()) << shown;
      EXPECT_THAT(ValidatePlan(WithDefaults(*plan)), IsOk()) << shown;
    }
  }
}

}  // namespace
}  // namespace haldane::plan
