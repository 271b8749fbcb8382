#include "plan/render.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/log.h"
#include "plan/defaults.h"
#include "plan/signals.h"

namespace haldane::plan {
namespace {

// Bare where YAML reads it as itself, in quotes otherwise.
std::string Scalar(absl::string_view text) {
  const bool bare = !text.empty() && absl::ascii_isalnum(text[0]) && !absl::EqualsIgnoreCase(text, "null") &&
                    std::all_of(text.begin(), text.end(), [](char c) {
                      return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
                    });
  return bare ? std::string(text) : JsonQuote(text);
}

// With the fewest digits that read back as the same number.
std::string Number(double value) {
  std::string text;
  for (int digits = 6; digits <= 17; ++digits) {
    double again = 0;
    text = absl::StrFormat("%.*g", digits, value);
    if (absl::SimpleAtod(text, &again) && again == value) break;
  }
  return text;
}

std::string LabelMap(const google::protobuf::RepeatedPtrField<haldane::v1::Label>& labels) {
  return absl::StrCat("{",
                      absl::StrJoin(labels, ", ",
                                    [](std::string* out, const haldane::v1::Label& label) {
                                      absl::StrAppend(out, Scalar(label.name()), ": ", Scalar(label.value()));
                                    }),
                      "}");
}

std::string Time(const google::protobuf::Duration& duration) {
  return absl::FormatDuration(FromProto(duration));
}

std::string Quantiles(const haldane::v1::SignalPlan& signal) {
  if (signal.quantiles().empty()) return "";
  return absl::StrCat(
      ", quantiles: [",
      absl::StrJoin(signal.quantiles(), ", ",
                    [](std::string* out, double quantile) { absl::StrAppend(out, Number(quantile)); }),
      "]");
}

std::string SignalMap(const haldane::v1::SignalPlan& signal) {
  return absl::StrCat("{name: ", Scalar(signal.name()), ", tolerate: ", Number(signal.tolerate_ratio()),
                      "x, absolute: ", Number(signal.tolerate_absolute()),
                      ", action: ", ActionName(signal.action()), ", weight: ", Number(signal.weight()),
                      ", required: ", signal.required() ? "true" : "false",
                      ", bad: ", DirectionName(signal.bad()), Quantiles(signal), "}");
}

// As it is, also where the defaults are not filled in yet.
std::string GuardMap(const haldane::v1::GuardPlan& guard) {
  std::vector<std::string> entries;
  const auto add = [&entries](absl::string_view key, const auto& value) {
    entries.push_back(absl::StrCat(key, ": ", value));
  };
  if (guard.runs() != haldane::v1::GUARD_RUNS_WANTED_UNSPECIFIED) add("runs", GuardRunsName(guard.runs()));
  if (!guard.deploy_id().empty()) add("deploy_id", Scalar(guard.deploy_id()));
  if (guard.has_max_blocked()) add("max_blocked", guard.max_blocked());
  if (guard.has_max_would_block()) add("max_would_block", guard.max_would_block());
  if (guard.has_max_new()) add("max_new", guard.max_new());
  if (guard.has_max_unattributed()) add("max_unattributed", guard.max_unattributed());
  if (guard.has_complete_audit()) add("complete_audit", guard.complete_audit() ? "true" : "false");
  return absl::StrCat("{", absl::StrJoin(entries, ", "), "}");
}

}  // namespace

std::string RenderPlan(const haldane::v1::Plan& plan) {
  std::string out =
      absl::StrCat("rollout: ", Scalar(plan.rollout()), "\nservice: ", Scalar(plan.service()),
                   "\ncanary: ", LabelMap(plan.canary()), "\nbaseline: ", LabelMap(plan.baseline()),
                   "\nobserve: {min: ", Time(plan.observe().min()), ", max: ", Time(plan.observe().max()),
                   ", warmup: ", Time(plan.observe().warmup()), "}",
                   "\nbudget: {false_stop: ", Number(plan.budget().false_stop()),
                   ", missed: ", Number(plan.budget().missed()), "}\nsignals:\n");
  for (const haldane::v1::SignalPlan& signal : plan.signals())
    absl::StrAppend(&out, "  - ", SignalMap(signal), "\n");
  if (!plan.stages().empty()) absl::StrAppend(&out, "stages:\n");
  for (const haldane::v1::Stage& stage : plan.stages()) {
    absl::StrAppend(&out, "  - {name: ", Scalar(stage.name()),
                    stage.hosts() > 0 ? absl::StrCat(", hosts: ", stage.hosts())
                                      : absl::StrCat(", share: ", Number(stage.share())),
                    "}\n");
  }
  absl::StrAppend(&out, "exposure: ", ExposureUnitName(plan.exposure()), "\n");
  absl::StrAppend(&out, "min_hosts: ", plan.min_hosts(), "\n");
  const haldane::v1::OnMissing& missing = plan.on_missing();
  absl::StrAppend(&out, "on_missing: {agent_silent: ", MissingPolicyName(missing.agent_silent()),
                  ", no_traffic: ", MissingPolicyName(missing.no_traffic()),
                  ", probe_missing: ", MissingPolicyName(missing.probe_missing()), "}\n");
  if (plan.has_guard()) absl::StrAppend(&out, "guard: ", GuardMap(plan.guard()), "\n");
  return out;
}

}  // namespace haldane::plan
