#include "cli/render/report.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/render/numbers.h"
#include "cli/render/overrides.h"
#include "cli/render/table.h"
#include "cli/render/words.h"
#include "plan/signals.h"

namespace haldane::cli {
namespace {

constexpr int kMostClasses = 10;

std::string Tolerated(const haldane::v1::Finding& finding) {
  const std::string ratio = Ratio(finding.tolerate_ratio());
  return finding.tolerate_absolute() > 0
             ? absl::StrCat(ratio, absl::StrFormat(" or %.4g/request", finding.tolerate_absolute()))
             : ratio;
}

std::string FindingsTable(const haldane::v1::Verdict& verdict, const Style& style) {
  Table table({"SIGNAL", "FINDING", "CANARY", "BASELINE", "RATIO", "INTERVAL", "TOLERATED", "ACTION"});
  for (const haldane::v1::Finding& finding : verdict.findings()) {
    table.AddRow({absl::StrCat(Printable(finding.signal()), finding.muted() ? " (muted)" : ""),
                  Label(style, WordOf(finding.state())), EventsOf(finding.canary()),
                  EventsOf(finding.baseline()), finding.ratio() > 0 ? Ratio(finding.ratio()) : "-",
                  Interval(finding), Tolerated(finding), std::string(plan::ActionName(finding.action()))});
  }
  return table.empty() ? "" : absl::StrCat("\n", table.Render());
}

std::string Reasons(const haldane::v1::Verdict& verdict) {
  std::string out;
  for (const haldane::v1::Finding& finding : verdict.findings()) {
    if (finding.reason().empty()) continue;
    absl::StrAppend(&out, Printable(finding.signal()), ": ", Printable(finding.reason()), "\n");
  }
  return out.empty() ? out : absl::StrCat("\n", out);
}

std::string Classes(const haldane::v1::Finding& finding) {
  if (finding.classes().empty()) return "";
  std::string out = absl::StrCat("\n", Printable(finding.signal()), ", classes that differ most:\n");
  const int shown = std::min(finding.classes_size(), kMostClasses);
  size_t widest = 0;
  for (int i = 0; i < shown; ++i) widest = std::max(widest, finding.classes(i).name().size());
  for (int i = 0; i < shown; ++i) {
    const haldane::v1::ClassFinding& c = finding.classes(i);
    const std::string name = Printable(c.name());
    absl::StrAppend(&out, "  ", name, std::string(widest - name.size() + 2, ' '), "canary ",
                    Grouped(c.canary()), " of ", Grouped(finding.canary().exposure()), " requests, baseline ",
                    Grouped(c.baseline()), " of ", Grouped(finding.baseline().exposure()), "\n");
  }
  if (finding.classes_size() > shown)
    absl::StrAppend(&out, "  and ", finding.classes_size() - shown, " more\n");
  return out;
}

}  // namespace

std::string VerdictReport(const haldane::v1::Rollout& rollout, const Style& style) {
  const haldane::v1::Verdict& verdict = rollout.verdict();
  Word word = WordOf(verdict.state());
  const std::string loud = absl::AsciiStrToUpper(word.word);
  word.word = loud;
  std::string out = absl::StrCat(Label(style, word), "  ", Printable(rollout.name()), "\n");
  if (!verdict.sentence().empty()) absl::StrAppend(&out, Printable(verdict.sentence()), "\n");
  if (!rollout.impediment().empty()) {
    absl::StrAppend(
        &out, Paint(style, Color::kYellow, absl::StrCat("impediment: ", Printable(rollout.impediment()))),
        "\n");
  }
  absl::StrAppend(&out, OverridesReport(rollout));
  absl::StrAppend(&out, FindingsTable(verdict, style), Reasons(verdict));
  for (const haldane::v1::Finding& finding : verdict.findings()) absl::StrAppend(&out, Classes(finding));
  return out;
}

std::string HostsReport(const haldane::v1::Rollout& rollout) {
  Table table({"HOST", "COHORT", "PROCESSES", "WARMING", "REQUESTS", "EXCEPTIONS", "5XX", "SILENT",
               "EXCEPTION SOURCE"});
  for (const haldane::v1::HostView& host : rollout.hosts()) {
    table.AddRow({Printable(host.host()),
                  host.cohort() == haldane::v1::HostView::COHORT_CANARY ? "canary" : "baseline",
                  Grouped(host.processes()), Grouped(host.warming()), Grouped(host.requests()),
                  Grouped(host.exceptions()), Grouped(host.http_5xx()),
                  ShortTime(absl::Seconds(host.silent_seconds())), Printable(host.exception_source())});
  }
  return table.empty() ? "" : table.Render();
}

}  // namespace haldane::cli
