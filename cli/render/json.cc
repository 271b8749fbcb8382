#include "cli/render/json.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "base/log.h"

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

std::string GateJson(absl::string_view verdict, ExitCode exit_code, absl::string_view reason,
                     const haldane::v1::Rollout* rollout) {
  return absl::StrCat("{\"verdict\":", JsonQuote(verdict), ",\"exit_code\":", static_cast<int>(exit_code),
                      ",\"reason\":", JsonQuote(reason),
                      ",\"rollout\":", rollout == nullptr ? "null" : Json(*rollout), "}\n");
}

}  // namespace haldane::cli
