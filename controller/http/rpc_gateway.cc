#include "controller/http/rpc_gateway.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "controller/auth/peer_identity.h"
#include "controller/http/problem.h"
#include "haldane/v1/rollout.pb.h"
#include "plan/plan_yaml.h"
#include "rpc/generic_call.h"

namespace haldane::controller {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

constexpr std::chrono::seconds kCallLimit{20};

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(type)->New());
}

// Sets a field of a request from the text of a path part or query parameter.
absl::Status SetField(Message* message, const std::string& name, const std::string& text) {
  const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(name);
  const absl::Status unknown =
      absl::InvalidArgumentError(absl::StrCat("there is no parameter ", JsonQuote(name)));
  if (field == nullptr || field->is_repeated()) return unknown;
  const google::protobuf::Reflection* reflection = message->GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      reflection->SetString(message, field, text);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_BOOL:
      if (text != "true" && text != "false") break;
      reflection->SetBool(message, field, text == "true");
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_UINT32: {
      uint32_t number = 0;
      if (!absl::SimpleAtoi(text, &number)) break;
      reflection->SetUInt32(message, field, number);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      uint64_t number = 0;
      if (!absl::SimpleAtoi(text, &number)) break;
      reflection->SetUInt64(message, field, number);
      return absl::OkStatus();
    }
    default:
      return unknown;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("parameter ", name, " cannot be ", JsonQuote(text.substr(0, 100))));
}

// The body of a POST. A plan may be given as people write it.
absl::Status ReadBody(const MethodDescriptor& method, const HttpRequest& request, Message* input) {
  const absl::string_view type = request.Header("content-type");
  if (absl::StrContains(type, "yaml")) {
    auto* create = dynamic_cast<haldane::v1::CreateRolloutRequest*>(input);
    if (create == nullptr) return absl::InvalidArgumentError(absl::StrCat(method.name(), " takes JSON"));
    ASSIGN_OR_RETURN(*create->mutable_plan(), plan::ParsePlan(request.body, "plan"));
    return absl::OkStatus();
  }
  if (request.body.empty()) return absl::OkStatus();
  const auto status = google::protobuf::util::JsonStringToMessage(request.body, input);
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the body: ", std::string(status.message())));
}

bool IsLoopbackAddress(absl::string_view address) {
  return absl::StartsWith(address, "127.") || address == "::1";
}

}  // namespace

RpcGateway::RpcGateway(Options options, std::shared_ptr<grpc::Channel> channel)
    : options_(std::move(options)), channel_(std::move(channel)) {}

std::string ToJson(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return "null";
  return json;
}

absl::Status RpcGateway::Call(const std::string& rpc, const HttpRequest& request, const Message& input,
                              Message* output) const {
  const size_t dot = rpc.rfind('.');
  const std::string method = absl::StrCat("/", rpc.substr(0, dot), "/", rpc.substr(dot + 1));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kCallLimit);
  context.AddMetadata(ForwardedCaller::kSecret, options_.secret);
  context.AddMetadata(ForwardedCaller::kAddress, request.address);
  if (const auto bearer = request.Header("authorization"); !bearer.empty()) {
    context.AddMetadata("authorization", std::string(bearer));
  }
  const bool proxied = !request.Header("forwarded").empty() || !request.Header("x-forwarded-for").empty();
  if (proxied) context.AddMetadata(ForwardedCaller::kProxied, "yes");
  // Only what is on this machine can be the proxy.
  if (!options_.proxy_user_header.empty() && IsLoopbackAddress(request.address)) {
    const absl::string_view user = request.Header(options_.proxy_user_header);
    const std::vector<std::string> in = absl::StrSplit(request.Header(options_.proxy_groups_header),
                                                       absl::ByAnyChar(", "), absl::SkipEmpty());
    if (!user.empty() && user.size() <= 256) {
      const std::optional<Role> role = options_.groups.RoleOf(in);
      context.AddMetadata(ForwardedCaller::kProxyName, std::string(user));
      context.AddMetadata(ForwardedCaller::kProxyRole, std::string(role ? RoleName(*role) : ""));
    }
  }
  std::string bytes;
  const grpc::Status status = UnaryCall(channel_, &context, method, input.SerializeAsString(), &bytes);
  if (!status.ok()) {
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  }
  return output->ParseFromString(bytes) ? absl::OkStatus() : absl::InternalError("the answer does not parse");
}

absl::StatusOr<haldane::v1::CallerIdentity> RpcGateway::Identify(const HttpRequest& request) const {
  haldane::v1::CallerIdentity identity;
  RETURN_IF_ERROR(Call("haldane.v1.Identity.Get", request, haldane::v1::GetIdentityRequest(), &identity));
  return identity;
}

absl::StatusOr<std::string> RpcGateway::CallJson(const Match& match, const HttpRequest& request) const {
  const MethodDescriptor* method = DescriptorPool::generated_pool()->FindMethodByName(match.route->rpc);
  if (method == nullptr) return absl::UnimplementedError("this controller does not have this call");
  const std::unique_ptr<Message> input = NewMessage(method->input_type());
  const std::unique_ptr<Message> output = NewMessage(method->output_type());
  if (request.method == "POST") RETURN_IF_ERROR(ReadBody(*method, request, input.get()));
  for (const auto& [name, value] : request.query) RETURN_IF_ERROR(SetField(input.get(), name, value));
  // Last: the path says what is meant, whatever the body says.
  for (const auto& [name, value] : match.fields) RETURN_IF_ERROR(SetField(input.get(), name, value));
  RETURN_IF_ERROR(Call(match.route->rpc, request, *input, output.get()));
  return ToJson(*output);
}

HttpResponse RpcGateway::Handle(const Match& match, const HttpRequest& request) const {
  // A form of another site cannot send these types, so it cannot act for whoever looks at it.
  const absl::string_view type = request.Header("content-type");
  if (request.method == "POST" && !absl::StartsWith(type, "application/json") &&
      !absl::StrContains(type, "yaml")) {
    return Problem(415, "Unsupported type",
                   "Content-Type must be application/json, or application/yaml for a plan");
  }
  absl::StatusOr<std::string> json = CallJson(match, request);
  if (!json.ok()) return Problem(json.status());
  return {.status = 200,
          .content_type = "application/json",
          .body = *std::move(json) + "\n",
          .headers = {{"Cache-Control", "no-store"}}};
}

}  // namespace haldane::controller
