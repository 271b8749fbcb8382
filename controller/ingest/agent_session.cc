#include "controller/ingest/agent_session.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/fleet/quota.h"

namespace haldane::controller {

AgentSession::AgentSession(std::string certified_host, Fleet* fleet)
    : certified_host_(std::move(certified_host)), fleet_(fleet) {}

absl::StatusOr<AgentSession::Outcome> AgentSession::Receive(const haldane::v1::AgentMessage& message,
                                                            absl::Duration now) {
  switch (message.kind_case()) {
    case haldane::v1::AgentMessage::kHello:
      return ReceiveHello(message.hello(), now);
    case haldane::v1::AgentMessage::kReport:
      return ReceiveReport(message.report(), now);
    default:
      return absl::InvalidArgumentError("the message is neither a hello nor a report");
  }
}

absl::StatusOr<AgentSession::Outcome> AgentSession::ReceiveHello(const haldane::v1::Hello& hello,
                                                                 absl::Duration now) {
  if (!host_.empty()) return absl::InvalidArgumentError("a second hello: only the first message is one");
  RETURN_IF_ERROR(CheckHello(hello));
  if (!certified_host_.empty() && hello.host() != certified_host_) {
    return absl::PermissionDeniedError(
        absl::StrCat("host is ", hello.host(), ", but the certificate is ", certified_host_, "'s"));
  }
  RETURN_IF_ERROR(fleet_->Greet(hello.host(), hello, now));
  host_ = hello.host();
  epoch_ = hello.epoch();
  return Outcome::kGreeted;
}

absl::StatusOr<AgentSession::Outcome> AgentSession::ReceiveReport(const haldane::v1::Report& report,
                                                                  absl::Duration now) {
  if (host_.empty()) return absl::InvalidArgumentError("a report before the hello");
  if (report.epoch() != epoch_) {
    return absl::InvalidArgumentError(
        absl::StrCat("epoch is ", report.epoch(), ", but the hello said ", epoch_));
  }
  // The first report of a stream may carry any number: the agent goes on from
  // where it was, and repeats what it does not know to be acknowledged.
  if (sequence_ > 0 && report.sequence() == sequence_) return Outcome::kRepeated;
  if (sequence_ > 0 && report.sequence() != sequence_ + 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("sequence is ", report.sequence(), ", but ", sequence_ + 1, " must follow"));
  }
  ASSIGN_OR_RETURN(standing_, fleet_->Take(host_, report, now));
  sequence_ = report.sequence();
  return Outcome::kAccepted;
}

}  // namespace haldane::controller
