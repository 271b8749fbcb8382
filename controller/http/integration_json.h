#pragma once

#include <google/protobuf/struct.pb.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "haldane/v1/plan.pb.h"

namespace haldane::controller {

// JSON of other projects, read leniently: what is missing is empty.

// INVALID_ARGUMENT when the text is no JSON object.
absl::StatusOr<google::protobuf::Struct> ParseJsonObject(const std::string& text);
std::string TextOf(const google::protobuf::Struct& object, const std::string& name);
google::protobuf::Struct ObjectOf(const google::protobuf::Struct& object, const std::string& name);

// A plan that compares two revisions of a service, with every default.
haldane::v1::Plan PlanOf(const std::string& service, const std::string& canary, const std::string& baseline);

}  // namespace haldane::controller
