#include <string>

#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/commands/failure.h"
#include "cli/exit_code.h"
#include "cli/gate_session.h"
#include "cli/plan_file.h"
#include "cli/render/github.h"
#include "cli/render/json.h"
#include "cli/render/numbers.h"
#include "cli/render/progress.h"
#include "cli/render/report.h"
#include "cli/render/words.h"
#include "plan/defaults.h"

namespace haldane::cli {
namespace {

// The controller ends a rollout at observe.max; this much later something is wrong.
constexpr absl::Duration kGrace = absl::Minutes(5);

// What is said of an end, whatever the form of the output.
struct GateEnd {
  std::string verdict;
  ExitCode code = kExitError;
  std::string reason;
};

GateEnd EndOf(const GateOutcome& outcome, const GateOptions& options, absl::Duration timeout) {
  switch (outcome.kind) {
    case GateOutcome::Kind::kVerdict: {
      const haldane::v1::Verdict& verdict = outcome.rollout->verdict();
      return {std::string(WordOf(verdict.state()).word), ExitCodeOf(*outcome.rollout), verdict.sentence()};
    }
    case GateOutcome::Kind::kStagePassed:
      return {"stage_passed", kExitDone,
              absl::StrCat("Stage ", options.stage, " is passed; the rollout goes on with the next. ",
                           outcome.rollout->verdict().sentence())};
    case GateOutcome::Kind::kTimeout: {
      const std::string stands = outcome.rollout.has_value() ? outcome.rollout->verdict().sentence() : "";
      return {"timeout", kExitUndecided,
              absl::StrCat("no verdict within ", ShortTime(timeout), stands.empty() ? "" : ": ", stands)};
    }
    case GateOutcome::Kind::kUnreachable:
      return {"unreachable", options.pass_when_unreachable ? kExitDone : kExitUnreachable,
              std::string(outcome.failure.message())};
    case GateOutcome::Kind::kInterrupted:
      return {"interrupted", kExitInterrupted, "interrupted"};
    case GateOutcome::Kind::kError:
      break;
  }
  return {"error", ExitCodeOf(outcome.failure), std::string(outcome.failure.message())};
}

// The rollout outlives this command: where to look for it. An interrupt can
// come between its opening and the news of it.
void SayHowToGoOn(const Console& console, const std::string& name, bool seen) {
  console.err << (seen ? "the rollout goes on\n" : "the rollout goes on if it was opened\n")
              << "  look:  haldane rollout get " << name << "\n"
              << "  stop:  haldane rollout abort " << name << " --reason WHY" << std::endl;
}

bool IsDecided(const GateOutcome& outcome) {
  return outcome.kind == GateOutcome::Kind::kVerdict || outcome.kind == GateOutcome::Kind::kStagePassed;
}

// For people, and for programs that read JSON.
void Report(const GateOutcome& outcome, const GateEnd& end, const GateOptions& options,
            const std::string& name, const Console& console) {
  const haldane::v1::Rollout* rollout = outcome.rollout.has_value() ? &*outcome.rollout : nullptr;
  if (options.output == Output::kJson) {
    console.out << GateJson(end.verdict, end.code, end.reason, rollout);
  } else if (IsDecided(outcome)) {
    if (outcome.kind == GateOutcome::Kind::kStagePassed) console.out << Printable(end.reason) << "\n";
    console.out << VerdictReport(*rollout, console.out_style);
  }
  console.out.flush();

  if (IsDecided(outcome)) {
    if (end.code != kExitDone) console.err << "\nwhy: haldane rollout explain " << name << std::endl;
    return;
  }
  Fail(console, end.code, absl::UnknownError(end.reason));
  if (outcome.kind == GateOutcome::Kind::kUnreachable && options.pass_when_unreachable) {
    console.err << "passing WITHOUT a verdict, as --on-unreachable pass asks" << std::endl;
  }
  if (rollout != nullptr || outcome.kind == GateOutcome::Kind::kInterrupted) {
    SayHowToGoOn(console, name, rollout != nullptr);
  }
}

// For the other steps of a GitHub workflow.
void ReportToGithub(const GateOutcome& outcome, const GateEnd& end, const Console& console) {
  const haldane::v1::Rollout* rollout = outcome.rollout.has_value() ? &*outcome.rollout : nullptr;
  const absl::Status written =
      WriteGithub(end.verdict, end.code, end.reason, IsDecided(outcome), rollout, console);
  if (!written.ok()) console.err << "haldane: " << written.message() << std::endl;
}

// The last stage is passed by proceeding, and not before.
absl::Status CheckStage(const haldane::v1::Plan& plan, const std::string& stage) {
  if (stage.empty()) return absl::OkStatus();
  std::string stages;
  for (const haldane::v1::Stage& planned : plan.stages()) {
    if (planned.name() == stage) return absl::OkStatus();
    absl::StrAppend(&stages, stages.empty() ? "" : ", ", Printable(planned.name()));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--stage ", Printable(stage), ": the plan has ",
                   stages.empty() ? "no stages" : absl::StrCat("no such stage, only ", stages)));
}

// Before there was anything to follow.
int FailBefore(const GateOptions& options, const absl::Status& failure, const Console& console) {
  if (options.output == Output::kGithub) {
    const absl::Status written =
        WriteGithub("error", kExitUsage, failure.message(), /*decided=*/false, nullptr, console);
    if (!written.ok()) console.err << "haldane: " << written.message() << std::endl;
  }
  return Fail(console, kExitUsage, failure);
}

}  // namespace

int RunGate(const GateOptions& options, const Server& server, const Console& console) {
  const auto plan = LoadPlan(options.plan_file, options.rollout_name);
  if (!plan.ok()) return FailBefore(options, plan.status(), console);
  if (const absl::Status stage = CheckStage(*plan, options.stage); !stage.ok()) {
    return FailBefore(options, stage, console);
  }
  const auto client = Client::Create(server);
  if (!client.ok()) return FailBefore(options, client.status(), console);

  const absl::Duration timeout = options.timeout > absl::ZeroDuration()
                                     ? options.timeout
                                     : plan::FromProto(plan->observe().max()) + kGrace;
  const GateLimits limits = {.timeout = timeout,
                             .wait_for_people = options.timeout <= absl::ZeroDuration(),
                             .unreachable_after = options.unreachable_after,
                             .silent_after = options.silent_after};
  Progress progress(console);
  const GateTarget target = {.rollout = plan->rollout(), .plan = &*plan, .stage = options.stage};
  const bool github = options.output == Output::kGithub;
  GateOutcome outcome;
  GateEnd end;
  {
    const GithubQuiet quiet(github ? &console : nullptr);
    outcome = FollowRollout(**client, target, limits, options.interrupt_fd, progress);
    end = EndOf(outcome, options, timeout);
    Report(outcome, end, options, plan->rollout(), console);
  }
  if (github) ReportToGithub(outcome, end, console);
  return end.code;
}

}  // namespace haldane::cli
