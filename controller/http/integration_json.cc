#include "controller/http/integration_json.h"

#include <google/protobuf/util/json_util.h>

namespace haldane::controller {

absl::StatusOr<google::protobuf::Struct> ParseJsonObject(const std::string& text) {
  google::protobuf::Struct object;
  if (google::protobuf::util::JsonStringToMessage(text, &object).ok()) return object;
  return absl::InvalidArgumentError("the body is no JSON object");
}

std::string TextOf(const google::protobuf::Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? "" : found->second.string_value();
}

google::protobuf::Struct ObjectOf(const google::protobuf::Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? google::protobuf::Struct() : found->second.struct_value();
}

haldane::v1::Plan PlanOf(const std::string& service, const std::string& canary, const std::string& baseline) {
  haldane::v1::Plan plan;
  plan.set_service(service);
  haldane::v1::Label* label = plan.add_canary();
  label->set_name("revision");
  label->set_value(canary);
  label = plan.add_baseline();
  label->set_name("revision");
  label->set_value(baseline);
  return plan;
}

}  // namespace haldane::controller
