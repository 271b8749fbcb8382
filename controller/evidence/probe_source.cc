#include "controller/evidence/probe_source.h"

#include "absl/strings/str_join.h"

namespace haldane::controller {
namespace {

const char* SourceName(haldane::v1::ProbeSource source) {
  switch (source) {
    case haldane::v1::PROBE_SOURCE_USDT:
      return "usdt";
    case haldane::v1::PROBE_SOURCE_SYMBOL:
      return "symbol";
    case haldane::v1::PROBE_SOURCE_DISASSEMBLY:
      return "disassembly";
    case haldane::v1::PROBE_SOURCE_DEGRADED:
      return "degraded";
    default:
      return "none";
  }
}

}  // namespace

std::string SourceNames(const std::set<haldane::v1::ProbeSource>& sources) {
  return absl::StrJoin(sources, ", ", [](std::string* out, haldane::v1::ProbeSource source) {
    out->append(SourceName(source));
  });
}

}  // namespace haldane::controller
