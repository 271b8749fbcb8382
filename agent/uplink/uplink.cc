#include "agent/uplink/uplink.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <optional>
#include <random>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "agent/uplink/backoff.h"
#include "agent/uplink/telemetry_call.h"
#include "base/log.h"

namespace haldane::agent {
namespace {

using haldane::v1::AgentMessage;
using haldane::v1::ControllerMessage;

constexpr absl::Duration kGoodbye = absl::Milliseconds(400);
constexpr size_t kMaxLoggedWords = 512;

grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
  // How long one attempt to connect may take.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 10'000);
  // Pauses between attempts are ours: a new channel shares nothing with the last.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(1 << 20);
  return arguments;
}

// The controller understood, and does not want this agent as it is.
bool IsRefusal(grpc::StatusCode code) {
  return code == grpc::StatusCode::PERMISSION_DENIED || code == grpc::StatusCode::UNAUTHENTICATED ||
         code == grpc::StatusCode::INVALID_ARGUMENT || code == grpc::StatusCode::UNIMPLEMENTED;
}

absl::string_view HintFor(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
      return "check that `host` is the name in this agent's certificate, and that the controller trusts its "
             "CA";
    case grpc::StatusCode::INVALID_ARGUMENT:
      return "check this agent's configuration, and that agent and controller are of the same release";
    default:
      return "check that `controller` is the address of a haldane-controller";
  }
}

class UplinkImpl final : public GrpcUplink, public TelemetryCall::Owner {
 public:
  UplinkImpl(TaskLoop* loop, UplinkOptions options)
      : loop_(loop), options_(std::move(options)), backoff_(std::random_device()()) {}
  ~UplinkImpl() override { Stop(); }

  void Start(Listener* listener) override;
  void Stop() override ABSL_LOCKS_EXCLUDED(mutex_);
  bool CanSend() const override { return is_up_ && !is_writing_; }
  void Send(haldane::v1::Report report) override;

  void OnMessage(const ControllerMessage& message) override;
  void OnWritten(bool ok) override;
  void OnClosed(const grpc::Status& status) override;

 private:
  void Connect();
  void ConnectAfter(absl::Duration pause);
  void LogLoss(const grpc::Status& status);
  void Write(AgentMessage message);
  void BeginStop();
  void SetClosed() ABSL_LOCKS_EXCLUDED(mutex_);
  bool WaitUntilClosed(absl::Duration patience) ABSL_LOCKS_EXCLUDED(mutex_);

  TaskLoop* const loop_;
  const UplinkOptions options_;
  Listener* listener_ = nullptr;

  // The loop's.
  Backoff backoff_;
  std::unique_ptr<TelemetryCall> call_;
  bool is_up_ = false;     // the hello has left
  bool is_heard_ = false;  // the controller has said something on this call
  bool is_writing_ = false;
  bool is_stopping_ = false;
  std::optional<AgentMessage> waiting_;
  std::string last_loss_;  // what was logged of it; empty since the controller was heard
  // Tasks that are due later look whether this is still there.
  std::shared_ptr<char> alive_ = std::make_shared<char>();

  absl::Mutex mutex_;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = true;  // no call, and none will be
};

void UplinkImpl::Start(Listener* listener) {
  loop_->Run([this, listener] {
    listener_ = listener;
    Connect();
  });
}

void UplinkImpl::Connect() {
  auto credentials = ChannelCredentials(options_.controller, options_.tls);
  if (!credentials.ok()) {
    const std::string words(credentials.status().message());
    if (words != last_loss_)
      LogError("cannot connect to the controller", {{"reason", words}, {"hint", "check `tls`"}});
    last_loss_ = words;
    ConnectAfter(Backoff::kMax);
    return;
  }
  {
    absl::MutexLock lock(&mutex_);
    is_closed_ = false;
  }
  is_heard_ = false;
  is_writing_ = true;
  call_ = std::make_unique<TelemetryCall>(
      loop_, this, grpc::CreateCustomChannel(options_.controller, *credentials, Arguments()));
  AgentMessage hello;
  *hello.mutable_hello() = options_.hello;
  call_->Start(std::move(hello));
}

void UplinkImpl::ConnectAfter(absl::Duration pause) {
  loop_->PostAfter(pause, [this, alive = std::weak_ptr<char>(alive_)] {
    if (!alive.expired()) Connect();
  });
}

void UplinkImpl::Send(haldane::v1::Report report) {
  if (!is_up_) return;
  AgentMessage message;
  *message.mutable_report() = std::move(report);
  if (is_writing_) {
    waiting_ = std::move(message);
  } else {
    Write(std::move(message));
  }
}

void UplinkImpl::Write(AgentMessage message) {
  is_writing_ = true;
  call_->Write(std::move(message));
}

void UplinkImpl::OnWritten(bool ok) {
  if (!ok) return;  // OnClosed follows
  is_writing_ = false;
  if (!is_up_ && !is_stopping_) {
    is_up_ = true;
    listener_->OnUp();
  }
  if (waiting_ && !is_writing_) {
    Write(*std::exchange(waiting_, std::nullopt));
  } else if (is_stopping_ && !is_writing_) {
    call_->HalfClose();
  }
}

void UplinkImpl::OnMessage(const ControllerMessage& message) {
  if (!is_heard_) {
    is_heard_ = true;
    backoff_.Reset();
    last_loss_.clear();
    LogInfo("connected", {{"controller", options_.controller}});
  }
  if (message.has_ack()) listener_->OnAck(message.ack().sequence());
  if (message.has_directive()) listener_->OnDirective(message.directive());
}

void UplinkImpl::OnClosed(const grpc::Status& status) {
  call_.reset();  // and its channel, here and not on a thread of gRPC's
  waiting_.reset();
  is_writing_ = false;
  if (std::exchange(is_up_, false)) listener_->OnDown();
  if (is_stopping_) {
    SetClosed();
    return;
  }
  LogLoss(status);
  ConnectAfter(IsRefusal(status.error_code()) ? Backoff::kMax : backoff_.Next());
}

// Once per kind of loss, not once per attempt.
void UplinkImpl::LogLoss(const grpc::Status& status) {
  const std::string words = status.error_message().substr(0, kMaxLoggedWords);
  const bool refused = IsRefusal(status.error_code());
  const std::string loss = absl::StrCat(status.error_code(), refused ? words : "");
  if (loss == last_loss_) return;
  last_loss_ = loss;
  if (refused) {
    LogError(
        "the controller refuses this agent",
        {{"controller", options_.controller}, {"reason", words}, {"hint", HintFor(status.error_code())}});
  } else {
    LogWarning(
        "no connection to the controller; trying again",
        {{"controller", options_.controller}, {"reason", status.ok() ? "it ended the stream" : words}});
  }
}

void UplinkImpl::Stop() {
  if (!loop_->Run([this] { BeginStop(); })) return;
  if (!WaitUntilClosed(kGoodbye)) {
    loop_->Run([this] {
      if (call_ != nullptr) call_->Cancel();
    });
    WaitUntilClosed(absl::InfiniteDuration());
  }
}

void UplinkImpl::BeginStop() {
  is_stopping_ = true;
  alive_.reset();
  if (call_ == nullptr) {
    SetClosed();
  } else if (!is_up_) {
    call_->Cancel();
  } else if (!is_writing_) {
    call_->HalfClose();
  }
}

void UplinkImpl::SetClosed() {
  absl::MutexLock lock(&mutex_);
  is_closed_ = true;
}

bool UplinkImpl::WaitUntilClosed(absl::Duration patience) {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&is_closed_), patience);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcUplink>> MakeGrpcUplink(TaskLoop* loop, UplinkOptions options) {
  const auto credentials = ChannelCredentials(options.controller, options.tls);
  if (!credentials.ok()) return credentials.status();
  return std::make_unique<UplinkImpl>(loop, std::move(options));
}

}  // namespace haldane::agent
