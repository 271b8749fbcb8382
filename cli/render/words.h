#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "cli/render/style.h"
#include "haldane/v1/rollout.pb.h"

namespace haldane::cli {

// One word for a state with the icon and colour that go with it, never colour
// alone.
struct Word {
  absl::string_view word;   // "proceed"
  absl::string_view icon;   // where there is Unicode
  absl::string_view ascii;  // elsewhere
  Color color;
};

Word WordOf(haldane::v1::RolloutState state);
Word WordOf(haldane::v1::FindingState state);

// Icon and word, painted: "✔ clear".
std::string Label(const Style& style, const Word& word);

// "canary 2 hosts, baseline 2 hosts", with how many still warm up.
std::string HostsText(const haldane::v1::Rollout& rollout);

}  // namespace haldane::cli
