#include "cli/render/json.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "cli/render/overrides.h"
#include "cli/render/words.h"

namespace haldane::cli {

std::string Json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  // Fails for times that JSON cannot express, which a sound controller never sends.
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return "null";
  return json;
}

namespace {

// What a person decided instead of the judge, or null.
std::string OverriddenJson(const haldane::v1::Rollout* rollout) {
  if (rollout == nullptr || rollout->verdict().state() != haldane::v1::ROLLOUT_STATE_OVERRIDDEN)
    return "null";
  const haldane::v1::Override* decision = DecisionOf(*rollout);
  if (decision == nullptr) return "null";
  return absl::StrCat("{\"decision\":", JsonQuote(WordOf(rollout->decision()).word),
                      ",\"judged\":", JsonQuote(WordOf(rollout->judged_state()).word),
                      ",\"author\":", JsonQuote(decision->author().name()),
                      ",\"reason\":", JsonQuote(decision->reason()), ",\"override\":", decision->id(), "}");
}

}  // namespace

std::string GateJson(absl::string_view verdict, ExitCode exit_code, absl::string_view reason,
                     const haldane::v1::Rollout* rollout) {
  return absl::StrCat("{\"verdict\":", JsonQuote(verdict), ",\"exit_code\":", static_cast<int>(exit_code),
                      ",\"reason\":", JsonQuote(reason), ",\"overridden\":", OverriddenJson(rollout),
                      ",\"rollout\":", rollout == nullptr ? "null" : Json(*rollout), "}\n");
}

}  // namespace haldane::cli
