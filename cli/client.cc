#include "cli/client.h"

#include <grpc/support/log.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/build_info.h"
#include "base/file.h"
#include "haldane/v1/gate.grpc.pb.h"
#include "haldane/v1/rollout.grpc.pb.h"
#include "rpc/generic_call.h"

namespace haldane::cli {

// One call's context, known to its canceller for as long as it lives.
class Call {
 public:
  Call(const std::string& bearer, Canceller* canceller) : canceller_(canceller) {
    if (!bearer.empty()) context_.AddMetadata("authorization", absl::StrCat("Bearer ", bearer));
    if (canceller_ == nullptr) return;
    absl::MutexLock lock(&canceller_->mutex_);
    if (canceller_->cancelled_) context_.TryCancel();
    canceller_->context_ = &context_;
  }
  ~Call() {
    if (canceller_ == nullptr) return;
    absl::MutexLock lock(&canceller_->mutex_);
    canceller_->context_ = nullptr;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  grpc::ClientContext* context() { return &context_; }

 private:
  Canceller* const canceller_;
  grpc::ClientContext context_;
};

void Canceller::Cancel() {
  absl::MutexLock lock(&mutex_);
  cancelled_ = true;
  if (context_ != nullptr) context_->TryCancel();
}

struct Client::Stubs {
  explicit Stubs(std::shared_ptr<grpc::Channel> to)
      : channel(std::move(to)), rollouts(channel), gate(channel) {}

  const std::shared_ptr<grpc::Channel> channel;
  haldane::v1::Rollouts::Stub rollouts;
  haldane::v1::Gate::Stub gate;
};

namespace {

constexpr int kCallSeconds = 10;
constexpr size_t kTokenLimit = 16 << 10;

// gRPC's account of a failed connection without its preamble.
absl::string_view Cause(absl::string_view said) {
  constexpr absl::string_view kPreamble = "last error: ";
  const size_t at = said.find(kPreamble);
  if (at != said.npos) said.remove_prefix(at + kPreamble.size());
  return absl::StripPrefix(said, "UNKNOWN: ");
}

// The same failure in words that say what to do.
absl::Status Explain(const grpc::Status& status, const std::string& address) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  const std::string& said = status.error_message();
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return absl::Status(
          code, absl::StrCat("cannot reach the controller at ", address, " (", Cause(said),
                             "); is haldane-controller running there? --server or HALDANE_SERVER "
                             "names another address, --tls-cert, --tls-key and --tls-ca turn on TLS"));
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return absl::Status(code, absl::StrCat("the controller at ", address, " did not answer within ",
                                             kCallSeconds, "s; look at its log"));
    case grpc::StatusCode::UNAUTHENTICATED:
      return absl::Status(
          code, absl::StrCat("the controller does not know who you are: ", said,
                             "; give a certificate that its CA has signed (--tls-cert, --tls-key) or a token "
                             "(--token-file, HALDANE_TOKEN)"));
    case grpc::StatusCode::PERMISSION_DENIED:
      return absl::Status(
          code, absl::StrCat("not allowed: ", said, "; ask whoever runs the controller for the right"));
    case grpc::StatusCode::UNIMPLEMENTED:
      return absl::Status(
          code, absl::StrCat("the server at ", address, " does not know this call; is it a controller, ",
                             "and not older than this haldane ", kVersion, "?"));
    case grpc::StatusCode::ABORTED:
    case grpc::StatusCode::FAILED_PRECONDITION:
      return absl::Status(code, said);
    case grpc::StatusCode::NOT_FOUND:
      return absl::Status(code,
                          absl::StrContains(said, "no rollout")
                              ? absl::StrCat(said, "; `haldane rollout list` shows the rollouts that exist")
                              : said);
    case grpc::StatusCode::ALREADY_EXISTS:
      return absl::Status(code, absl::StrContains(said, "choose another name")
                                    ? absl::StrCat(said, "; --rollout-name gives one")
                                    : said);
    case grpc::StatusCode::INVALID_ARGUMENT:
      return absl::Status(code, absl::StrCat("the controller refuses: ", said));
    default:
      return absl::Status(code, absl::StrCat("the controller failed: ", said, "; look at its log"));
  }
}

// Calls a unary method with the usual time limit.
template <typename Response, typename Method>
absl::StatusOr<Response> CallUnary(const std::string& address, const std::string& bearer,
                                   Canceller* canceller, Method method) {
  Call call(bearer, canceller);
  call.context()->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(kCallSeconds));
  Response response;
  const absl::Status status = Explain(method(call.context(), &response), address);
  if (!status.ok()) return status;
  return response;
}

// The token that is to be shown; empty for none.
absl::StatusOr<std::string> BearerOf(const Server& server) {
  std::string bearer = server.token;
  if (!server.token_file.empty()) {
    absl::StatusOr<std::string> content = ReadFile(server.token_file, kTokenLimit);
    if (!content.ok())
      return absl::InvalidArgumentError(absl::StrCat("--token-file: ", content.status().message()));
    bearer = *std::move(content);
  }
  absl::StripAsciiWhitespace(&bearer);
  const bool printable =
      std::all_of(bearer.begin(), bearer.end(), [](char c) { return absl::ascii_isgraph(c); });
  if (!printable || (bearer.empty() && !server.token_file.empty())) {
    return absl::InvalidArgumentError(
        server.token_file.empty()
            ? std::string("HALDANE_TOKEN is not a token: it must be one word")
            : absl::StrCat(server.token_file, ": is not a token: it must hold one word"));
  }
  return bearer;
}

// gRPC writes to stderr what the statuses of calls say better.
void DropLog(gpr_log_func_args*) {}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Create(const Server& server) {
  absl::StatusOr<std::string> bearer = BearerOf(server);
  if (!bearer.ok()) return bearer.status();
  if (server.tls.empty() && !IsLoopback(server.address)) {
    return absl::InvalidArgumentError(absl::StrCat(
        server.address,
        " is not on this machine, so TLS is required: give --tls-cert, --tls-key and --tls-ca, or "
        "--tls-ca and a token"));
  }
  auto credentials = ChannelCredentials(server.address, server.tls);
  if (!credentials.ok()) return absl::InvalidArgumentError(credentials.status().message());

  gpr_set_log_function(DropLog);
  grpc::ChannelArguments arguments;
  arguments.SetUserAgentPrefix(absl::StrCat("haldane/", kVersion));
  // A controller that restarts is back soon: look for it every second.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // A proxy for the outer world knows no loopback addresses.
  if (IsLoopback(server.address)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  const auto channel = grpc::CreateCustomChannel(server.address, *credentials, arguments);
  return std::unique_ptr<Client>(
      new Client(server.address, *std::move(bearer), std::make_unique<Stubs>(channel)));
}

Client::Client(std::string address, std::string bearer, std::unique_ptr<Stubs> stubs)
    : address_(std::move(address)), bearer_(std::move(bearer)), stubs_(std::move(stubs)) {}

Client::~Client() = default;

absl::StatusOr<haldane::v1::Rollout> Client::CreateRollout(const haldane::v1::Plan& plan,
                                                           Canceller* canceller) {
  haldane::v1::CreateRolloutRequest request;
  *request.mutable_plan() = plan;
  return CallUnary<haldane::v1::Rollout>(address_, bearer_, canceller,
                                         [&](grpc::ClientContext* context, auto* response) {
                                           return stubs_->rollouts.Create(context, request, response);
                                         });
}

absl::StatusOr<haldane::v1::Rollout> Client::GetRollout(const std::string& name) {
  haldane::v1::GetRolloutRequest request;
  request.set_rollout(name);
  return CallUnary<haldane::v1::Rollout>(address_, bearer_, nullptr,
                                         [&](grpc::ClientContext* context, auto* response) {
                                           return stubs_->rollouts.Get(context, request, response);
                                         });
}

absl::StatusOr<haldane::v1::ListRolloutsResponse> Client::ListRollouts(const std::string& service,
                                                                       uint32_t limit) {
  haldane::v1::ListRolloutsRequest request;
  request.set_service(service);
  request.set_limit(limit);
  return CallUnary<haldane::v1::ListRolloutsResponse>(
      address_, bearer_, nullptr, [&](grpc::ClientContext* context, auto* response) {
        return stubs_->rollouts.List(context, request, response);
      });
}

absl::StatusOr<haldane::v1::Rollout> Client::AbortRollout(const std::string& name,
                                                          const std::string& reason) {
  haldane::v1::AbortRolloutRequest request;
  request.set_rollout(name);
  request.set_reason(reason);
  return CallUnary<haldane::v1::Rollout>(address_, bearer_, nullptr,
                                         [&](grpc::ClientContext* context, auto* response) {
                                           return stubs_->rollouts.Abort(context, request, response);
                                         });
}

absl::Status Client::Unary(const std::string& method, const google::protobuf::Message& request,
                           google::protobuf::Message* response) {
  Call call(bearer_, nullptr);
  call.context()->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(kCallSeconds));
  std::string bytes;
  const grpc::Status status =
      UnaryCall(stubs_->channel, call.context(), method, request.SerializeAsString(), &bytes);
  if (absl::Status failure = Explain(status, address_); !failure.ok()) return failure;
  if (response->ParseFromString(bytes)) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("the controller at ", address_, " answered what is no answer"));
}

absl::Status Client::Wait(const std::string& name,
                          const std::function<void(haldane::v1::Rollout)>& on_rollout, Canceller* canceller) {
  Call call(bearer_, canceller);
  haldane::v1::WaitRequest request;
  request.set_rollout(name);
  const auto reader = stubs_->gate.Wait(call.context(), request);
  haldane::v1::WaitResponse response;
  while (reader->Read(&response)) on_rollout(std::move(*response.mutable_rollout()));
  return Explain(reader->Finish(), address_);
}

}  // namespace haldane::cli
