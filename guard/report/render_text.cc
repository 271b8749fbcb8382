#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "base/log.h"
#include "guard/record/mask.h"
#include "guard/report/render.h"

namespace haldane::guard {
namespace {

constexpr size_t kMostNamed = 8;
constexpr size_t kLongestCell = 200;

// Text that came from a script, in one line and without its control characters.
std::string Plain(absl::string_view text) {
  const std::string quoted = JsonQuote(CutText(text, kLongestCell));
  return absl::StrReplaceAll(absl::string_view(quoted).substr(1, quoted.size() - 2),
                             {{"\\\"", "\""}, {"\\\\", "\\"}});
}

// The same as a cell of a table in Markdown: as code, so that nothing in it is
// taken for a link, a mention or the end of the cell.
std::string Code(absl::string_view text) {
  if (text.empty()) return "";
  const std::string plain = absl::StrReplaceAll(Plain(text), {{"`", "'"}, {"|", "\\|"}});
  return absl::StrCat("`", plain, "`");
}

// Words of a person, in Markdown.
std::string Words(absl::string_view text) {
  return absl::StrReplaceAll(Plain(text),
                             {{"|", "\\|"}, {"<", "&lt;"}, {"[", "\\["}, {"`", "\\`"}, {"@", "&#64;"}});
}

std::string Count(size_t count, absl::string_view thing) {
  return absl::StrCat(count, " ", thing, count == 1 ? "" : "s");
}

std::string Some(const std::vector<std::string>& names) {
  std::vector<std::string> shown(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMostNamed)));
  if (names.size() > kMostNamed) shown.push_back(absl::StrCat("and ", names.size() - kMostNamed, " more"));
  return absl::StrJoin(shown, ", ");
}

std::vector<std::string> NamesOf(const Summary& summary, Action worst) {
  std::vector<std::string> names;
  for (const auto& [name, use] : summary.domains) {
    if (use.worst == worst) names.push_back(name);
  }
  return names;
}

std::vector<std::string> NewNames(const Summary& summary) {
  std::vector<std::string> names;
  for (const auto& [name, use] : summary.domains) {
    if (use.is_new) names.push_back(name);
  }
  return names;
}

template <typename Map>
std::vector<std::string> KeysOf(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(Plain(key));
  return keys;
}

std::string DayOf(absl::Time until) {
  return absl::FormatTime("%Y-%m-%d", until - absl::Seconds(1), absl::UTCTimeZone());
}

std::string LossText(const RunFacts& facts) {
  return absl::StrJoin(facts.lost, ", ", [](std::string* out, const auto& site) {
    absl::StrAppend(out, site.second, " at ", site.first);
  });
}

// With the units that the names of peaks end in.
std::string PeakText(const RunFacts& facts) {
  return absl::StrJoin(facts.peaks, ", ", [](std::string* out, const auto& peak) {
    absl::string_view name = peak.first;
    if (absl::ConsumeSuffix(&name, "_us")) {
      absl::StrAppend(out, name, " ", absl::FormatDuration(absl::Milliseconds((peak.second + 999) / 1000)));
    } else if (absl::ConsumeSuffix(&name, "_bytes")) {
      absl::StrAppend(out, name, absl::StrFormat(" %.1f MiB", static_cast<double>(peak.second) / (1 << 20)));
    } else {
      absl::StrAppend(out, name, " ", peak.second);
    }
  });
}

std::string WaiverText(const Finding& finding) {
  if (!finding.waiver.has_value()) return "";
  return absl::StrCat(finding.waived ? "accepted until " : "EXPIRED on ", DayOf(finding.waiver->until), ": ",
                      Words(finding.waiver->reason));
}

// What there is to say about the run as a whole, as (what, text).
std::vector<std::pair<std::string, std::string>> Facts(const Summary& summary) {
  std::vector<std::pair<std::string, std::string>> facts;
  const auto add = [&](absl::string_view what, const std::vector<std::string>& names) {
    if (!names.empty()) facts.emplace_back(what, absl::StrCat(names.size(), ": ", Some(names)));
  };
  add("blocked", NamesOf(summary, Action::kBlocked));
  add("would be blocked", NamesOf(summary, Action::kWouldBlock));
  add("new since the last good run", NewNames(summary));
  add("allowed", NamesOf(summary, Action::kAllowed));
  add("addresses without a name", KeysOf(summary.raw_addresses));
  add("asked others to act", KeysOf(summary.delegates));
  add("worth a look", KeysOf(summary.warnings));
  std::vector<std::string> strays;
  for (const std::string& stray : summary.strays) strays.push_back(Plain(stray));
  add("outlived the script", strays);
  if (summary.unattributed > 0) facts.emplace_back("process unknown", Count(summary.unattributed, "event"));
  if (!summary.facts.complete) facts.emplace_back("AUDIT INCOMPLETE, lost", LossText(summary.facts));
  if (!summary.facts.peaks.empty()) facts.emplace_back("peaks", PeakText(summary.facts));
  if (!summary.facts.health.empty()) facts.emplace_back("guard", absl::StrJoin(summary.facts.health, "; "));
  if (summary.not_listed > 0) facts.emplace_back("not listed", Count(summary.not_listed, "thing"));
  return facts;
}

void AppendFindings(const Summary& summary, FindingClass what, absl::string_view title, std::string* out) {
  const auto is_of = [&](const Finding& finding) { return finding.what == what; };
  if (std::none_of(summary.findings.begin(), summary.findings.end(), is_of)) return;
  absl::StrAppend(
      out, "\n## ", title,
      "\n\n| name | rule | command | script line | times | owner | id |\n|---|---|---|---|---:|---|---|\n");
  for (const Finding& f : summary.findings) {
    if (!is_of(f)) continue;
    absl::StrAppend(out, "| ", Code(f.name), f.via.empty() ? "" : absl::StrCat(" by way of ", Code(f.via)),
                    " | ", Code(f.rule),
                    f.action == Action::kWouldBlock ? " (would block)"
                    : f.action == Action::kAllowed  ? " (allowed)"
                                                    : "",
                    " | ", Code(f.command), " | ", Code(f.place), " | ", f.count, " | ", Words(f.owner),
                    " | ", Code(f.id));
    const std::string waiver = WaiverText(f);
    absl::StrAppend(out, waiver.empty() ? "" : " ", waiver, " |\n");
  }
}

}  // namespace

std::string RenderConsole(const Summary& summary) {
  const RunInfo& run = summary.run;
  std::string out = absl::StrCat(
      "haldane: run ", run.run_id, " (", ModeName(run.mode), ", policy ",
      run.policy.empty() ? "without a name" : Plain(run.policy), ") exit code ", summary.facts.exit_code,
      ", ",
      absl::FormatDuration(absl::Trunc(summary.facts.ended - summary.facts.started, absl::Milliseconds(1))),
      "\n");
  for (const auto& [what, text] : Facts(summary)) absl::StrAppend(&out, "haldane:   ", what, " ", text, "\n");
  return out;
}

std::string RenderMarkdown(const Summary& summary) {
  const RunInfo& run = summary.run;
  std::string out = absl::StrCat("# What this deploy depends on\n\nRun ", Code(run.run_id), " on ",
                                 Code(run.host), ", policy ", Code(run.policy), ", mode ", ModeName(run.mode),
                                 ", exit code ", summary.facts.exit_code, ".\n");
  if (summary.findings.empty()) {
    absl::StrAppend(&out, "\nIt depends on nothing that the policy denies",
                    summary.facts.complete ? "" : ", as far as was seen", ".\n");
  }
  AppendFindings(summary, FindingClass::kDirect, "Direct: the script names it", &out);
  AppendFindings(summary, FindingClass::kHidden, "Hidden: a tool went there by itself", &out);
  AppendFindings(summary, FindingClass::kDelegated, "Delegated: another program was asked to act", &out);
  if (!summary.unused_waivers.empty()) {
    absl::StrAppend(&out, "\n## Waivers without a finding\n\n");
    for (const Waiver& w : summary.unused_waivers) {
      absl::StrAppend(&out, "- ", Code(w.id), " until ", DayOf(w.until), ": ", Words(w.reason),
                      "; remove it if it stays so\n");
    }
  }
  absl::StrAppend(&out, "\n## The run\n\n");
  for (const auto& [what, text] : Facts(summary)) absl::StrAppend(&out, "- ", what, " ", Words(text), "\n");
  return out;
}

}  // namespace haldane::guard
