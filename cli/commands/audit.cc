#include <fstream>
#include <map>
#include <sstream>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "cli/commands/failure.h"
#include "cli/commands/operator_commands.h"
#include "cli/log_reader.h"
#include "cli/render/json.h"
#include "cli/render/numbers.h"
#include "cli/render/table.h"
#include "cli/render/words.h"
#include "haldane/v1/audit.pb.h"

namespace haldane::cli {
namespace {

constexpr size_t kMostHeadsBytes = 64 << 20;

// A head kept from an earlier run: after so many events the digest was this.
struct Head {
  uint64_t events = 0;
  std::string digest;  // hex
};

// Lines "ROLLOUT EVENTS DIGEST", as --print-heads writes them.
absl::StatusOr<std::map<std::string, Head>> ReadHeads(const std::string& file) {
  std::map<std::string, Head> heads;
  if (file.empty()) return heads;
  absl::StatusOr<std::string> text = ReadFile(file, kMostHeadsBytes);
  if (!text.ok()) return text.status();
  std::istringstream lines(*text);
  std::string line, name, rest;
  for (int number = 1; std::getline(lines, line); ++number) {
    Head head;
    std::istringstream words(line);
    if (!(words >> name >> head.events >> head.digest) || (words >> rest) || head.digest.size() != 64) {
      return absl::InvalidArgumentError(
          absl::StrCat(file, ":", number, ": is not ROLLOUT EVENTS DIGEST, as --print-heads writes it"));
    }
    heads[name] = head;
  }
  return heads;
}

// Verifies one log, and that it still begins with what was kept of it.
absl::StatusOr<VerifiedLog> VerifyLog(Client& client, const std::string& rollout, const Head* kept) {
  bool found = kept == nullptr || kept->events == 0;
  absl::StatusOr<VerifiedLog> log =
      ReadVerifiedLog(client, rollout, [&](const haldane::v1::LoggedEvent& event) -> absl::Status {
        if (kept == nullptr || event.sequence() != kept->events) return absl::OkStatus();
        found = true;
        if (absl::BytesToHexString(event.digest()) == kept->digest) return absl::OkStatus();
        return absl::DataLossError(
            absl::StrCat("rollout ", rollout, ": event ", event.sequence(),
                         " is not what it was when its digest was kept: the log was rewritten"));
      });
  if (log.ok() && !found) {
    return absl::DataLossError(absl::StrCat("rollout ", rollout, ": the log has ", log->events,
                                            " events, but had ", kept->events,
                                            " when its digest was kept: it was cut short"));
  }
  return log;
}

absl::StatusOr<haldane::v1::ListLogsResponse> AllLogs(Client& client) {
  haldane::v1::ListLogsResponse logs;
  if (absl::Status status = client.Unary("/haldane.v1.Audit/ListLogs", haldane::v1::ListLogsRequest(), &logs);
      !status.ok()) {
    return status;
  }
  return logs;
}

// A log of which a head was kept is there, or was removed in time and had that
// head as its last event or had gone on since.
absl::Status CheckThere(const std::string& rollout, const Head& kept,
                        const haldane::v1::ListLogsResponse& logs) {
  for (const haldane::v1::LogHead& log : logs.logs()) {
    if (log.rollout() == rollout) return absl::OkStatus();
  }
  for (const haldane::v1::LogHead& log : logs.pruned()) {
    if (log.rollout() != rollout || log.events() < kept.events) continue;
    if (log.events() > kept.events || absl::BytesToHexString(log.digest()) == kept.digest)
      return absl::OkStatus();
  }
  return absl::DataLossError(
      absl::StrCat("rollout ", rollout, ": the log is gone, and not because of its age"));
}

}  // namespace

int RunAuditVerify(const AuditVerifyOptions& options, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  const auto heads = ReadHeads(options.heads_file);
  if (!heads.ok()) return Fail(console, kExitUsage, heads.status());
  std::vector<std::string> rollouts = options.rollouts;
  uint64_t events = 0;
  int broken = 0, pruned = 0;
  if (rollouts.empty()) {
    const auto all = AllLogs(**client);
    if (!all.ok()) return FailCall(console, all.status());
    for (const haldane::v1::LogHead& log : all->logs()) rollouts.push_back(log.rollout());
    pruned = all->pruned_size();
    for (const auto& [rollout, kept] : *heads) {
      if (const absl::Status there = CheckThere(rollout, kept, *all); !there.ok()) {
        ++broken;
        Fail(console, kExitError, there);
      }
    }
  }
  for (const std::string& rollout : rollouts) {
    const auto kept = heads->find(rollout);
    const auto log = VerifyLog(**client, rollout, kept == heads->end() ? nullptr : &kept->second);
    if (absl::IsDataLoss(log.status())) {
      ++broken;
      Fail(console, kExitError, log.status());
      continue;
    }
    if (!log.ok()) return FailCall(console, log.status());
    events += log->events;
    if (options.print_heads) {
      console.out << Printable(rollout) << " " << log->events << " " << absl::BytesToHexString(log->digest)
                  << "\n";
    }
  }
  std::ostream& summary = options.print_heads ? console.err : console.out;
  summary << Grouped(rollouts.size()) << (rollouts.size() == 1 ? " log, " : " logs, ") << Grouped(events)
          << " events, " << broken << " broken";
  if (pruned > 0) summary << "; of " << pruned << " removed because of their age the last digest is kept";
  summary << std::endl;
  return broken == 0 ? kExitDone : kExitError;
}

int RunAuditList(uint32_t limit, Output output, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  haldane::v1::ListRecordsRequest request;
  request.set_limit(limit);
  haldane::v1::ListRecordsResponse response;
  const absl::Status status = (*client)->Unary("/haldane.v1.Audit/ListRecords", request, &response);
  if (!status.ok()) return FailCall(console, status);
  if (output == Output::kJson) {
    console.out << Json(response) << "\n";
    return kExitDone;
  }
  Table table({"TIME", "WHO", "ACTION", "OUTCOME", "TIMES", "DETAIL"});
  for (const haldane::v1::AuditRecord& record : response.records()) {
    table.AddRow({absl::FormatTime("%Y-%m-%d %H:%M:%SZ", absl::FromUnixSeconds(record.time().seconds()),
                                   absl::UTCTimeZone()),
                  Printable(record.who()), Printable(record.action()), Printable(record.outcome()),
                  Grouped(record.count()), Printable(record.detail())});
  }
  if (table.empty()) {
    console.err << "there are no audit records" << std::endl;
  } else {
    console.out << table.Render();
  }
  return kExitDone;
}

}  // namespace haldane::cli
