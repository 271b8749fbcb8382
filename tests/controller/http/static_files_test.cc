#include "controller/http/static_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.h"

namespace haldane::controller {
namespace {

using ::testing::HasSubstr;

class StaticFilesTest : public ::testing::Test {
 protected:
  StaticFilesTest() {
    std::filesystem::create_directory(folder_.path() + "/assets");
    std::ofstream(folder_.path() + "/index.html") << "the page";
    std::ofstream(folder_.path() + "/assets/code-1.js") << "code";
  }
  testing::TemporaryDirectory folder_;
};

TEST_F(StaticFilesTest, EveryViewIsThePageWhateverARolloutIsCalled) {
  const StaticFiles files(folder_.path());
  for (const char* path :
       {"/", "/fleet", "/rollouts/web-42", "/rollouts/web-2026-03-02.3", "/rollouts/a.js"}) {
    EXPECT_EQ(files.Get(path).body, "the page") << path;
  }
  EXPECT_EQ(files.Get("/assets/code-1.js").body, "code");
  EXPECT_EQ(files.Get("/assets/code-2.js").status, 404);
  EXPECT_EQ(files.Get("/favicon.ico").status, 404);
}

TEST_F(StaticFilesTest, WithoutAPageItSaysWhatToDo) {
  const HttpResponse answer = StaticFiles("").Get("/");
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr("--web_root"));
}

}  // namespace
}  // namespace haldane::controller
