#pragma once

#include <string>

#include "cli/render/style.h"
#include "haldane/v1/rollout.pb.h"

namespace haldane::cli {

// The verdict of a rollout, or how it stands: word, sentence, findings with
// their numbers, classes that differ. For people, in whole lines.
std::string VerdictReport(const haldane::v1::Rollout& rollout, const Style& style);

// Hosts of both sides as a table; empty when there are none.
std::string HostsReport(const haldane::v1::Rollout& rollout);

}  // namespace haldane::cli
