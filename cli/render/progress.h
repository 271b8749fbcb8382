#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cli/console.h"
#include "cli/render/redraw.h"
#include "cli/render/style.h"
#include "haldane/v1/rollout.pb.h"

namespace haldane::cli {

// The rollout in a few lines, to be redrawn in place.
std::vector<std::string> ProgressBlock(const haldane::v1::Rollout& rollout, const Style& style);

// The rollout in one line, for logs.
std::string ProgressLine(const haldane::v1::Rollout& rollout);

// Shows a rollout while it is waited for, on the console's err: a block redrawn
// in place on a terminal, elsewhere one line per change of a state or finding
// and one every ten seconds.
class Progress {
 public:
  explicit Progress(const Console& console) : console_(console), redraw_(console) {}

  // The rollout as it stands at `now` (monotonic).
  void Show(const haldane::v1::Rollout& rollout, absl::Duration now);
  // Something that the rollout does not show, such as a lost connection. Stays
  // on a terminal until the next Show. Saying the same again is not shown.
  void Say(const std::string& note);
  // Leaves the terminal as it is to be left: without the block.
  void Clear();

 private:
  const Console& console_;
  std::vector<std::string> block_;
  Redraw redraw_;
  std::string note_;
  std::string shown_;  // what the last line was about
  absl::Duration shown_at_;
};

}  // namespace haldane::cli
