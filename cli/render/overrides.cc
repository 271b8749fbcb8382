#include "cli/render/overrides.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "cli/render/numbers.h"
#include "cli/render/style.h"
#include "plan/defaults.h"

namespace haldane::cli {
namespace {

std::string UtcTime(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%SZ", absl::FromUnixSeconds(time.seconds()), absl::UTCTimeZone());
}

// "mute http.5xx", "extend 10m".
std::string WhatText(const haldane::v1::Override& override) {
  std::string what = OverrideWord(override.kind());
  if (!override.signal().empty()) absl::StrAppend(&what, " ", Printable(override.signal()));
  if (override.has_extend_by()) absl::StrAppend(&what, " ", ShortTime(plan::FromProto(override.extend_by())));
  return what;
}

}  // namespace

std::string OverrideWord(haldane::v1::OverrideKind kind) {
  const std::string name = haldane::v1::OverrideKind_Name(kind);
  return absl::AsciiStrToLower(absl::StripPrefix(name, "OVERRIDE_KIND_"));
}

std::string StatusWord(haldane::v1::OverrideStatus status) {
  const std::string name = haldane::v1::OverrideStatus_Name(status);
  return absl::StrReplaceAll(absl::AsciiStrToLower(absl::StripPrefix(name, "OVERRIDE_STATUS_")),
                             {{"_", " "}});
}

const haldane::v1::Override* DecisionOf(const haldane::v1::Rollout& rollout) {
  for (const haldane::v1::Override& override : rollout.overrides()) {
    const bool decides = override.kind() == haldane::v1::OVERRIDE_KIND_PROCEED ||
                         override.kind() == haldane::v1::OVERRIDE_KIND_ROLLBACK;
    if (decides && override.status() == haldane::v1::OVERRIDE_STATUS_IN_EFFECT) return &override;
  }
  return nullptr;
}

std::string UntilText(const haldane::v1::Override& override) {
  return override.has_expires_at() ? absl::StrCat("until ", UtcTime(override.expires_at())) : "for good";
}

std::string OverridesReport(const haldane::v1::Rollout& rollout) {
  std::string out;
  for (const haldane::v1::Override& override : rollout.overrides()) {
    absl::StrAppend(&out, "override ", override.id(), ": ", WhatText(override), ", ",
                    StatusWord(override.status()), ", by ", Printable(override.author().name()), " (",
                    Printable(override.author().role()), ", ", Printable(override.author().credential()),
                    ") at ", UtcTime(override.created_at()));
    if (override.has_expires_at()) absl::StrAppend(&out, ", ", UntilText(override));
    absl::StrAppend(&out, ": ", Printable(override.reason()), "\n");
    if (!override.has_revocation()) continue;
    absl::StrAppend(&out, "  revoked by ", Printable(override.revocation().author().name()), " at ",
                    UtcTime(override.revocation().time()), ": ", Printable(override.revocation().reason()),
                    "\n");
  }
  return out;
}

}  // namespace haldane::cli
