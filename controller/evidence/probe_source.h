#pragma once

#include <set>
#include <string>

#include "haldane/v1/common.pb.h"

namespace haldane::controller {

// The kinds of probe in words, such as "usdt" or "disassembly, usdt".
std::string SourceNames(const std::set<haldane::v1::ProbeSource>& sources);

}  // namespace haldane::controller
