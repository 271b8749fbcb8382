#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "cli/commands/failure.h"
#include "cli/commands/fleet_commands.h"
#include "cli/render/compatibility.h"
#include "cli/render/json.h"
#include "cli/render/numbers.h"
#include "cli/render/table.h"
#include "cli/render/words.h"
#include "haldane/v1/fleet.pb.h"

namespace haldane::cli {
namespace {

using haldane::v1::FleetHost;

std::string ProfileName(haldane::v1::Compatibility::Profile profile) {
  switch (profile) {
    case haldane::v1::Compatibility::PROFILE_FULL:
      return "full";
    case haldane::v1::Compatibility::PROFILE_REDUCED:
      return "reduced";
    case haldane::v1::Compatibility::PROFILE_DISABLED:
      return "disabled";
    default:
      return "unknown";
  }
}

std::string CauseName(haldane::v1::SignalGap::Cause cause) {
  switch (cause) {
    case haldane::v1::SignalGap::CAUSE_UNAVAILABLE:
      return "unavailable";
    case haldane::v1::SignalGap::CAUSE_SHED:
      return "shed";
    case haldane::v1::SignalGap::CAUSE_SILENT_PROBE:
      return "silent probe";
    case haldane::v1::SignalGap::CAUSE_KILLED:
      return "killed";
    case haldane::v1::SignalGap::CAUSE_NOT_WANTED:
      return "not asked for";
    default:
      return "not counted";
  }
}

// Signals that somebody asks for and does not get.
std::string NotCounted(const FleetHost& host) {
  std::vector<std::string> signals;
  for (const haldane::v1::SignalGap& gap : host.gaps()) {
    if (gap.cause() != haldane::v1::SignalGap::CAUSE_NOT_WANTED) signals.push_back(Printable(gap.signal()));
  }
  return signals.empty() ? "-" : absl::StrJoin(signals, ",");
}

std::string CoreShare(double share) { return absl::StrFormat("%.2f %%", 100 * share); }

// Which groups of probes are attached, and what each costs.
void PrintBudget(const haldane::v1::BudgetUse& use, const Console& console) {
  console.out << "  costs " << CoreShare(use.core_share()) << " of a core, " << CoreShare(use.core_budget())
              << " is its budget\n";
  for (const haldane::v1::BudgetUse::Group& group : use.groups()) {
    console.out << "    " << Printable(group.name()) << ": "
                << (group.attached() ? CoreShare(group.core_share()) : "not attached") << "\n";
  }
}

std::string Heard(const FleetHost& host) {
  if (!host.connected())
    return absl::StrCat("lost ", ShortTime(absl::Seconds(host.silent_seconds())), " ago");
  return "now";
}

void PrintSwitches(const haldane::v1::FleetSwitches& switches, const Console& console) {
  for (const haldane::v1::FleetSwitch& on : switches.switches()) {
    const std::string what =
        on.service().empty() ? "everything" : absl::StrCat("service ", Printable(on.service()));
    console.out << Paint(console.out_style, Color::kRed, absl::StrCat("probes off: ", what)) << ", by "
                << Printable(on.by().name()) << ", "
                << ShortTime(absl::Now() - absl::FromUnixSeconds(on.since().seconds()))
                << " ago: " << Printable(on.reason()) << "\n";
  }
}

int Switch(const char* method, const FleetSwitchOptions& options, const Server& server,
           const Console& console) {
  if (options.service.empty() != options.everything) {
    return Fail(console, kExitUsage,
                absl::InvalidArgumentError("say what is meant: either --service NAME or --everything"));
  }
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  // A KillRequest and an ArmRequest have the same fields.
  haldane::v1::KillRequest request;
  request.set_service(options.service);
  request.set_reason(options.reason);
  haldane::v1::FleetSwitches switches;
  const absl::Status status = (*client)->Unary(method, request, &switches);
  if (!status.ok()) return FailCall(console, status);
  if (options.output == Output::kJson) {
    console.out << Json(switches) << "\n";
  } else if (switches.switches().empty()) {
    console.out << "no kill switch is on\n";
  } else {
    PrintSwitches(switches, console);
  }
  return kExitDone;
}

}  // namespace

int RunFleetList(const FleetListOptions& options, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  haldane::v1::ListHostsRequest request;
  request.set_service(options.service);
  haldane::v1::ListHostsResponse list;
  const absl::Status status = (*client)->Unary("/haldane.v1.Fleet/List", request, &list);
  if (!status.ok()) return FailCall(console, status);
  if (options.output == Output::kJson) {
    console.out << Json(list) << "\n";
    return kExitDone;
  }
  PrintSwitches(list.switches(), console);
  Table table({"HOST", "HEARD", "PROFILE", "COUNTED", "COSTS", "SERVICES", "NOT COUNTED"});
  for (const FleetHost& host : list.hosts()) {
    table.AddRow({Printable(host.host()), Heard(host), ProfileName(host.compatibility().profile()),
                  absl::StrCat(host.processes_counted(), "/", host.processes()),
                  host.has_budget_use() ? CoreShare(host.budget_use().core_share()) : "-",
                  Printable(absl::StrJoin(host.services(), ",")), NotCounted(host)});
  }
  if (table.empty()) {
    console.err << "no host has reported within the hour; is `controller` in the agents' configuration this "
                   "one?"
                << std::endl;
  } else {
    console.out << table.Render();
  }
  return kExitDone;
}

int RunFleetGet(const FleetGetOptions& options, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  haldane::v1::GetHostRequest request;
  request.set_host(options.host);
  FleetHost host;
  const absl::Status status = (*client)->Unary("/haldane.v1.Fleet/Get", request, &host);
  if (!status.ok()) return FailCall(console, status);
  if (options.output == Output::kJson) {
    console.out << Json(host) << "\n";
    return kExitDone;
  }
  console.out << Printable(host.host()) << "  agent " << Printable(host.agent_version()) << ", heard "
              << Heard(host) << ", counts " << host.processes_counted() << " of " << host.processes()
              << " Ruby processes\n";
  if (host.has_budget_use()) PrintBudget(host.budget_use(), console);
  for (const haldane::v1::SignalGap& gap : host.gaps()) {
    console.out << "  " << Printable(gap.signal()) << ": " << CauseName(gap.cause()) << ": "
                << Printable(gap.detail()) << "\n";
  }
  for (const haldane::v1::DropCounter& drop : host.drops()) {
    console.out << "  lost at " << Printable(drop.site()) << ": " << drop.count() << "\n";
  }
  console.out << CompatibilityReport(host.compatibility(), console.out_style);
  return kExitDone;
}

int RunFleetKill(const FleetSwitchOptions& options, const Server& server, const Console& console) {
  return Switch("/haldane.v1.Fleet/Kill", options, server, console);
}

int RunFleetArm(const FleetSwitchOptions& options, const Server& server, const Console& console) {
  return Switch("/haldane.v1.Fleet/Arm", options, server, console);
}

}  // namespace haldane::cli
