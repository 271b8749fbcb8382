#include <string>

#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/commands/failure.h"
#include "cli/exit_code.h"
#include "cli/gate_session.h"
#include "cli/plan_file.h"
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

int Finish(const GateOutcome& outcome, const GateOptions& options, const std::string& name,
           absl::Duration timeout, const Console& console) {
  const GateEnd end = EndOf(outcome, options, timeout);
  const haldane::v1::Rollout* rollout = outcome.rollout.has_value() ? &*outcome.rollout : nullptr;
  const bool decided = outcome.kind == GateOutcome::Kind::kVerdict;
  if (options.output == Output::kJson) console.out << GateJson(end.verdict, end.code, end.reason, rollout);
  if (options.output == Output::kText && decided) console.out << VerdictReport(*rollout, console.out_style);
  console.out.flush();

  if (decided) {
    if (end.code != kExitDone) console.err << "\nwhy: haldane rollout explain " << name << std::endl;
    return end.code;
  }
  Fail(console, end.code, absl::UnknownError(end.reason));
  if (outcome.kind == GateOutcome::Kind::kUnreachable && options.pass_when_unreachable) {
    console.err << "passing WITHOUT a verdict, as --on-unreachable pass asks" << std::endl;
  }
  if (rollout != nullptr || outcome.kind == GateOutcome::Kind::kInterrupted) {
    SayHowToGoOn(console, name, rollout != nullptr);
  }
  return end.code;
}

}  // namespace

int RunGate(const GateOptions& options, const Server& server, const Console& console) {
  const auto plan = LoadPlan(options.plan_file, options.rollout_name);
  if (!plan.ok()) return Fail(console, kExitUsage, plan.status());
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());

  const absl::Duration timeout = options.timeout > absl::ZeroDuration()
                                     ? options.timeout
                                     : plan::FromProto(plan->observe().max()) + kGrace;
  const GateLimits limits = {.timeout = timeout,
                             .wait_for_people = options.timeout <= absl::ZeroDuration(),
                             .unreachable_after = options.unreachable_after,
                             .silent_after = options.silent_after};
  Progress progress(console);
  const GateOutcome outcome = FollowRollout(**client, *plan, limits, options.interrupt_fd, progress);
  return Finish(outcome, options, plan->rollout(), timeout, console);
}

}  // namespace haldane::cli
