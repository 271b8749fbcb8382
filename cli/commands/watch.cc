#include <poll.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "cli/commands/commands.h"
#include "cli/commands/failure.h"
#include "cli/gate_session.h"
#include "cli/render/numbers.h"
#include "cli/render/progress.h"
#include "cli/render/redraw.h"
#include "cli/render/report.h"
#include "cli/render/table.h"
#include "cli/render/words.h"
#include "controller/rollout/rollout.h"

namespace haldane::cli {
namespace {

constexpr uint32_t kMostWatched = 30;
constexpr absl::Duration kAsLongAsItTakes = absl::Hours(24 * 365);

int WatchOne(const WatchOptions& options, Client& client, const Console& console) {
  Progress progress(console);
  const GateTarget target = {.rollout = options.rollout, .plan = nullptr, .stage = ""};
  const GateOutcome outcome =
      FollowRollout(client, target, {.timeout = kAsLongAsItTakes}, options.interrupt_fd, progress);
  switch (outcome.kind) {
    case GateOutcome::Kind::kVerdict:
      console.out << VerdictReport(*outcome.rollout, console.out_style);
      return kExitDone;
    case GateOutcome::Kind::kInterrupted:
      return kExitInterrupted;
    case GateOutcome::Kind::kUnreachable:
      return Fail(console, kExitUnreachable, outcome.failure);
    default:
      return FailCall(console, outcome.failure);
  }
}

// Those that run, and what is new of the others, in a table.
std::vector<std::string> Block(const haldane::v1::ListRolloutsResponse& list, const Style& style) {
  Table table({"ROLLOUT", "STATE", "SERVICE", "HOSTS", "AGE", "WHY"});
  for (const bool running : {true, false}) {
    for (const haldane::v1::Rollout& rollout : list.rollouts()) {
      if (controller::IsTerminal(rollout.verdict().state()) == running) continue;
      const std::string why =
          rollout.impediment().empty() ? rollout.verdict().sentence() : rollout.impediment();
      table.AddRow({Printable(rollout.name()), Label(style, WordOf(rollout.verdict().state())),
                    Printable(rollout.plan().service()), absl::StrCat(rollout.hosts_size()),
                    ShortTime(absl::Now() - absl::FromUnixSeconds(rollout.created_at().seconds())),
                    Printable(why)});
    }
  }
  if (table.empty()) return {"there are no rollouts"};
  return absl::StrSplit(table.Render(), '\n', absl::SkipEmpty());
}

// All rollouts, in place on a terminal, elsewhere a line for each change.
class Overview {
 public:
  explicit Overview(const Console& console) : console_(console), redraw_(console) {}

  void Show(const haldane::v1::ListRolloutsResponse& list) {
    if (console_.live) return redraw_.Draw(Block(list, console_.err_style));
    for (auto rollout = list.rollouts().rbegin(); rollout != list.rollouts().rend(); ++rollout) {
      const std::string state =
          absl::StrCat(rollout->verdict().state(), " ", rollout->revision(), " ", rollout->impediment());
      std::string& seen = seen_[rollout->name()];
      if (seen == state) continue;
      seen = state;
      console_.out << Printable(rollout->name()) << ": " << ProgressLine(*rollout) << std::endl;
    }
  }
  void Clear() {
    if (console_.live) redraw_.Draw({});
  }

 private:
  const Console& console_;
  Redraw redraw_;
  std::map<std::string, std::string> seen_;
};

// True when somebody interrupts before the time is over.
bool InterruptedWithin(int fd, absl::Duration time) {
  pollfd interrupt = {.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&interrupt, 1, static_cast<int>(absl::ToInt64Milliseconds(time))) > 0;
}

int WatchAll(const WatchOptions& options, Client& client, const Console& console) {
  Overview overview(console);
  std::string failure;
  do {
    const auto list = client.ListRollouts(options.service, kMostWatched);
    if (list.ok()) {
      failure.clear();
      overview.Show(*list);
    } else if (!absl::IsUnavailable(list.status()) && !absl::IsDeadlineExceeded(list.status())) {
      overview.Clear();
      return FailCall(console, list.status());
    } else if (failure != list.status().message()) {
      failure = std::string(list.status().message());
      overview.Clear();
      console.err << "waiting for the controller: " << failure << std::endl;
    }
  } while (!InterruptedWithin(options.interrupt_fd, options.every));
  return kExitInterrupted;
}

}  // namespace

int RunWatch(const WatchOptions& options, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  return options.rollout.empty() ? WatchAll(options, **client, console)
                                 : WatchOne(options, **client, console);
}

}  // namespace haldane::cli
