#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "cli/console.h"
#include "cli/exit_code.h"
#include "haldane/v1/rollout.pb.h"

namespace haldane::cli {

// While it lives, lines of the job's log are no commands to GitHub, whatever the
// processes that are watched put into them. Does nothing without a console.
class GithubQuiet {
 public:
  explicit GithubQuiet(const Console* console);
  ~GithubQuiet();
  GithubQuiet(const GithubQuiet&) = delete;
  GithubQuiet& operator=(const GithubQuiet&) = delete;

 private:
  const Console* const console_;
  std::string token_;
};

// Ends a gate as a step of a GitHub workflow: outputs (verdict, decided, reason,
// rollout, exit-code) into the file $GITHUB_OUTPUT, a summary into the file
// $GITHUB_STEP_SUMMARY, an annotation to console.out. Where a variable is not set
// that part is left out.
absl::Status WriteGithub(absl::string_view verdict, ExitCode code, absl::string_view reason, bool decided,
                         const haldane::v1::Rollout* rollout, const Console& console);

}  // namespace haldane::cli
