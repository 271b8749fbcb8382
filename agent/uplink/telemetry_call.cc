#include "agent/uplink/telemetry_call.h"

#include <utility>

namespace haldane::agent {

TelemetryCall::TelemetryCall(TaskLoop* loop, Owner* owner, std::shared_ptr<grpc::Channel> channel)
    : loop_(loop),
      owner_(owner),
      channel_(std::move(channel)),
      stub_(haldane::v1::Telemetry::NewStub(channel_)) {}

void TelemetryCall::Start(haldane::v1::AgentMessage first) {
  outgoing_ = std::move(first);
  stub_->async()->Stream(&context_, this);
  AddHold();
  StartWrite(&outgoing_);
  StartRead(&incoming_);
  StartCall();
}

void TelemetryCall::Write(haldane::v1::AgentMessage message) {
  if (read_ended_) return;
  outgoing_ = std::move(message);
  StartWrite(&outgoing_);
}

void TelemetryCall::HalfClose() {
  if (!read_ended_) StartWritesDone();
}

void TelemetryCall::OnReadDone(bool ok) {
  loop_->Post([this, ok] {
    if (!ok) {
      read_ended_ = true;
      RemoveHold();
      return;
    }
    owner_->OnMessage(incoming_);
    StartRead(&incoming_);
  });
}

void TelemetryCall::OnWriteDone(bool ok) {
  loop_->Post([owner = owner_, ok] { owner->OnWritten(ok); });
}

void TelemetryCall::OnDone(const grpc::Status& status) {
  loop_->Post([owner = owner_, status] { owner->OnClosed(status); });
}

}  // namespace haldane::agent
