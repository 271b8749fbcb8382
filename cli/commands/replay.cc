#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "cli/commands/failure.h"
#include "cli/commands/operator_commands.h"
#include "cli/log_reader.h"
#include "cli/plan_file.h"
#include "cli/recording.h"
#include "cli/render/numbers.h"
#include "cli/render/table.h"
#include "cli/render/words.h"

namespace haldane::cli {
namespace {

std::string WordOfEnd(const Replayed& replayed) {
  if (replayed.state == haldane::v1::ROLLOUT_STATE_UNSPECIFIED) return "no verdict";
  return std::string(WordOf(replayed.state).word);
}

std::string EndText(const Replayed& replayed) {
  return absl::StrCat(WordOfEnd(replayed), " after ", ShortTime(replayed.after));
}

std::string EndJson(const Replayed& replayed) {
  return absl::StrCat("{\"verdict\":", JsonQuote(WordOfEnd(replayed)),
                      ",\"seconds\":", absl::ToDoubleSeconds(replayed.after),
                      ",\"reason\":", JsonQuote(replayed.sentence), "}");
}

// One recording, judged anew.
struct Result {
  std::string file;
  SelfReplay self;
  std::optional<Replayed> other;  // under the plan that was given
};

absl::StatusOr<Result> ReplayFile(const std::string& file, const std::optional<haldane::v1::Plan>& plan) {
  const auto events = ReadRecording(file);
  if (!events.ok()) return events.status();
  auto self = Replay(*events);
  if (!self.ok())
    return absl::Status(self.status().code(), absl::StrCat(file, ": ", self.status().message()));
  Result result{.file = file, .self = *std::move(self), .other = std::nullopt};
  if (!plan) return result;
  auto other = ReplayUnder(*events, *plan);
  if (!other.ok())
    return absl::Status(other.status().code(), absl::StrCat(file, ": ", other.status().message()));
  result.other = *std::move(other);
  return result;
}

void Print(const Result& result, Output output, const Console& console) {
  if (output == Output::kJson) {
    console.out << "{\"file\":" << JsonQuote(result.file) << ",\"recorded\":" << EndJson(result.self.recorded)
                << ",\"identical\":" << (result.self.identical ? "true" : "false")
                << ",\"replayed\":" << EndJson(result.self.judged)
                << ",\"under_plan\":" << (result.other ? EndJson(*result.other) : "null") << "}\n";
    return;
  }
  console.out << Printable(result.file) << "\n  recorded    " << EndText(result.self.recorded)
              << "\n  judged now  "
              << (result.self.identical ? "bit for bit the same"
                                        : "NOT the same: " + EndText(result.self.judged))
              << "\n";
  if (result.other) {
    console.out << "  other plan  " << EndText(*result.other) << "\n  " << Printable(result.other->sentence)
                << "\n";
  }
}

// How often each recorded verdict became which.
void PrintConfusion(const std::vector<Result>& results, const Console& console) {
  std::map<std::string, std::map<std::string, int>> counts;
  std::set<std::string> columns;
  for (const Result& result : results) {
    const std::string now = WordOfEnd(result.other ? *result.other : result.self.judged);
    ++counts[WordOfEnd(result.self.recorded)][now];
    columns.insert(now);
  }
  std::vector<std::string> header = {"RECORDED \\ NOW"};
  header.insert(header.end(), columns.begin(), columns.end());
  Table table(header);
  for (const auto& [recorded, row] : counts) {
    std::vector<std::string> cells = {recorded};
    for (const std::string& column : columns) {
      const auto found = row.find(column);
      cells.push_back(absl::StrCat(found == row.end() ? 0 : found->second));
    }
    table.AddRow(cells);
  }
  console.out << table.Render();
}

std::vector<std::string> FilesOf(const std::string& path) {
  std::error_code error;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    if (entry.is_regular_file(error)) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int RunReplay(const ReplayOptions& options, const Console& console) {
  std::optional<haldane::v1::Plan> plan;
  if (!options.plan_file.empty()) {
    auto loaded = LoadPlan(options.plan_file, "");
    if (!loaded.ok()) return Fail(console, kExitUsage, loaded.status());
    plan = *std::move(loaded);
  }
  std::error_code error;
  const bool directory = std::filesystem::is_directory(options.path, error);
  const std::vector<std::string> files =
      directory ? FilesOf(options.path) : std::vector<std::string>{options.path};
  if (files.empty())
    return Fail(console, kExitUsage, absl::NotFoundError(options.path + ": holds no recordings"));
  std::vector<Result> results;
  bool sound = true;
  for (const std::string& file : files) {
    auto result = ReplayFile(file, plan);
    if (!result.ok()) {
      sound = false;
      Fail(console, kExitError, result.status());
      continue;
    }
    sound &= result->self.identical;
    if (!directory || options.output == Output::kJson) Print(*result, options.output, console);
    results.push_back(*std::move(result));
  }
  if (directory && options.output == Output::kText) PrintConfusion(results, console);
  return sound ? kExitDone : kExitError;
}

int RunAuditExport(const std::string& rollout, const std::string& file, const Server& server,
                   const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  std::vector<haldane::v1::LoggedEvent> events;
  const auto log = ReadVerifiedLog(**client, rollout, [&](const haldane::v1::LoggedEvent& event) {
    events.push_back(event);
    return absl::OkStatus();
  });
  if (!log.ok()) return FailCall(console, log.status());
  if (const absl::Status status = WriteRecording(file, events); !status.ok())
    return Fail(console, kExitError, status);
  console.err << Grouped(log->events) << " events in " << Printable(file)
              << "; judge them again: haldane replay " << Printable(file) << std::endl;
  return kExitDone;
}

}  // namespace haldane::cli
