#include "cli/recording.h"

#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <google/protobuf/util/time_util.h>

#include <fstream>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/log_reader.h"
#include "controller/rollout/rollout.h"
#include "haldane/v1/event.pb.h"
#include "plan/defaults.h"
#include "plan/validate.h"

namespace haldane::cli {
namespace {

using haldane::v1::LoggedEvent;
using haldane::v1::RolloutEvent;

constexpr char kFormat[] = "haldane-recording 1";

absl::StatusOr<RolloutEvent> Parse(const LoggedEvent& logged) {
  RolloutEvent event;
  if (event.ParseFromString(logged.payload())) return event;
  return absl::DataLossError(absl::StrCat("event ", logged.sequence(), " does not parse"));
}

absl::Time TimeOfEvent(const RolloutEvent& event) {
  return absl::FromUnixNanos(google::protobuf::util::TimeUtil::TimestampToNanoseconds(event.time()));
}

Replayed EndAt(const haldane::v1::Verdict& verdict, absl::Time time, absl::Time opened) {
  return {.state = verdict.state(), .after = time - opened, .sentence = verdict.sentence()};
}

// Ends a stage as the controller does.
absl::Status PassStage(controller::Rollout* rollout, const haldane::v1::Verdict& verdict,
                       const RolloutEvent& tick) {
  RolloutEvent passed;
  *passed.mutable_time() = tick.time();
  passed.mutable_stage_passed()->set_stage(verdict.stage());
  *passed.mutable_stage_passed()->mutable_verdict() = verdict;
  return rollout->Apply(passed.SerializeAsString());
}

}  // namespace

absl::Status WriteRecording(const std::string& file, const std::vector<LoggedEvent>& events) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << kFormat << "\n";
  for (const LoggedEvent& event : events) {
    if (!google::protobuf::util::SerializeDelimitedToOstream(event, &out)) break;
  }
  out.close();
  if (out) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat(file, ": cannot be written; is its directory there, and the disk not full?"));
}

absl::StatusOr<std::vector<LoggedEvent>> ReadRecording(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return absl::NotFoundError(absl::StrCat(file, ": cannot be opened"));
  std::string format(sizeof(kFormat), '\0');
  in.read(format.data(), static_cast<std::streamsize>(format.size()));
  if (format != absl::StrCat(kFormat, "\n")) {
    return absl::DataLossError(absl::StrCat(file, ": is no recording of `haldane audit export`"));
  }
  google::protobuf::io::IstreamInputStream stream(&in);
  std::vector<LoggedEvent> events;
  std::string digest;
  for (;;) {
    LoggedEvent event;
    bool clean_end = false;
    if (!google::protobuf::util::ParseDelimitedFromZeroCopyStream(&event, &stream, &clean_end)) {
      if (clean_end && !events.empty()) return events;
      return absl::DataLossError(absl::StrCat(file, ": was cut short after event ", events.size()));
    }
    digest = NextDigest(digest, event.payload());
    if (event.sequence() != events.size() + 1 || event.digest() != digest) {
      return absl::DataLossError(absl::StrCat(file, ": event ", events.size() + 1,
                                              " does not match its digest: it was changed or damaged"));
    }
    events.push_back(std::move(event));
  }
}

absl::StatusOr<SelfReplay> Replay(const std::vector<LoggedEvent>& events) {
  ASSIGN_OR_RETURN(const auto rollout, controller::Rollout::Open(events.front().payload()));
  const absl::Time opened = rollout->created_at();
  SelfReplay replay{.recorded = {}, .judged = {}, .identical = true};
  for (size_t i = 1; i < events.size(); ++i) {
    ASSIGN_OR_RETURN(const RolloutEvent event, Parse(events[i]));
    const haldane::v1::Verdict* logged = nullptr;
    if (event.has_verdict_reached()) logged = &event.verdict_reached().verdict();
    if (event.has_stage_passed()) logged = &event.stage_passed().verdict();
    if (logged != nullptr) {
      const haldane::v1::Verdict now = rollout->Judge();
      replay.identical &= now.SerializeAsString() == logged->SerializeAsString();
      if (event.has_verdict_reached()) replay.judged = EndAt(now, TimeOfEvent(event), opened);
    }
    const bool had_ended = rollout->ended();
    RETURN_IF_ERROR(rollout->Apply(events[i].payload()));
    if (rollout->ended() && !had_ended) {
      replay.recorded = EndAt(rollout->View(TimeOfEvent(event)).verdict(), TimeOfEvent(event), opened);
      if (!event.has_verdict_reached()) replay.judged = {};
    }
  }
  return replay;
}

absl::StatusOr<Replayed> ReplayUnder(const std::vector<LoggedEvent>& events, const haldane::v1::Plan& plan) {
  ASSIGN_OR_RETURN(RolloutEvent created, Parse(events.front()));
  if (!created.has_created()) return absl::DataLossError("the recording does not begin with a creation");
  // Who was compared is the recording's; how it is judged is the plan's.
  haldane::v1::Plan complete = plan;
  const haldane::v1::Plan& recorded = created.created().plan();
  complete.set_rollout(recorded.rollout());
  complete.set_service(recorded.service());
  *complete.mutable_canary() = recorded.canary();
  *complete.mutable_baseline() = recorded.baseline();
  complete = plan::WithDefaults(std::move(complete));
  RETURN_IF_ERROR(plan::ValidatePlan(complete));
  *created.mutable_created()->mutable_plan() = std::move(complete);
  ASSIGN_OR_RETURN(const auto rollout, controller::Rollout::Open(created.SerializeAsString()));
  const absl::Time opened = rollout->created_at();
  for (size_t i = 1; i < events.size(); ++i) {
    ASSIGN_OR_RETURN(const RolloutEvent event, Parse(events[i]));
    // Only what was observed counts: verdicts and people judged under another plan.
    if (!event.has_tick() && !event.has_guard_run_noted()) continue;
    RETURN_IF_ERROR(rollout->Apply(events[i].payload()));
    const haldane::v1::Verdict verdict = rollout->Judge();
    if (controller::IsTerminal(verdict.state())) return EndAt(verdict, TimeOfEvent(event), opened);
    if (verdict.stage_clear()) RETURN_IF_ERROR(PassStage(rollout.get(), verdict, event));
  }
  return Replayed{.state = haldane::v1::ROLLOUT_STATE_UNSPECIFIED,
                  .after = rollout->last_event_at() - opened,
                  .sentence = rollout->Judge().sentence()};
}

}  // namespace haldane::cli
