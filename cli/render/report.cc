#include "cli/render/report.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/render/guard.h"
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
             ? absl::StrCat(ratio, absl::StrFormat(" or %.4g/%s", finding.tolerate_absolute(),
                                                   finding.exposure_unit()))
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

std::string Duration(double microseconds) {
  return absl::FormatDuration(absl::Microseconds(static_cast<int64_t>(microseconds)));
}

std::string Quantiles(const haldane::v1::Finding& finding) {
  std::string out;
  for (const haldane::v1::QuantileFinding& quantile : finding.quantiles()) {
    absl::StrAppend(&out, "  p", absl::StrFormat("%g", quantile.quantile() * 100), "  canary ",
                    Duration(quantile.canary()), ", baseline ", Duration(quantile.baseline()), "\n");
  }
  return out.empty() ? "" : absl::StrCat("\n", Printable(finding.signal()), ", quantiles:\n", out);
}

// How far each finding is from another one.
std::string Distances(const haldane::v1::Verdict& verdict) {
  std::string out;
  for (const haldane::v1::Finding& finding : verdict.findings()) {
    if (!finding.has_flip() || finding.flip().events() == 0) continue;
    const int64_t events = finding.flip().events();
    absl::StrAppend(&out, "  ", Printable(finding.signal()), ": ", WordOf(finding.flip().to()).word, " with ",
                    Grouped(static_cast<uint64_t>(events > 0 ? events : -events)),
                    events > 0 ? " more" : " fewer", " canary events at the present exposure\n");
  }
  return out.empty() ? "" : absl::StrCat("\nDistance to another finding:\n", out);
}

// On what a stop, or its absence, hangs.
std::string LeftOut(const haldane::v1::Verdict& verdict) {
  if (verdict.flips_without().empty()) return "";
  return absl::StrCat("\nLeaving out one host of ", Printable(absl::StrJoin(verdict.flips_without(), ", ")),
                      " would leave it undecided at this moment\n");
}

const char* BasisWord(haldane::v1::EvidenceBasis basis) {
  switch (basis) {
    case haldane::v1::EVIDENCE_BASIS_PROFILE:
      return "the service's profile";
    case haldane::v1::EVIDENCE_BASIS_SAME_HOSTS:
      return "the same hosts' past";
    case haldane::v1::EVIDENCE_BASIS_PERMUTATION:
      return "a permutation test of the hosts, as the service's self tests stopped too often";
    default:
      return nullptr;  // the two cohorts alone
  }
}

// What evidence draws on besides the two cohorts, with the signals for which it does.
std::string Bases(const haldane::v1::Verdict& verdict) {
  std::map<std::string, std::vector<std::string>> signals;
  for (const haldane::v1::Finding& finding : verdict.findings()) {
    const char* word = BasisWord(finding.basis());
    if (word != nullptr) signals[word].push_back(Printable(finding.signal()));
  }
  std::string out;
  for (const auto& [word, names] : signals) {
    absl::StrAppend(&out, "\nEvidence draws also on ", word, ": ", absl::StrJoin(names, ", "), "\n");
  }
  return out;
}

const char* EffectWord(haldane::v1::FairnessProblem::Effect effect) {
  switch (effect) {
    case haldane::v1::FairnessProblem::EFFECT_HALTS:
      return "halts";
    case haldane::v1::FairnessProblem::EFFECT_BLOCKS_PROCEED:
      return "blocks proceed";
    case haldane::v1::FairnessProblem::EFFECT_DROPS_SIGNAL:
      return "drops the signal";
    default:
      return "note";
  }
}

std::string FairnessReport(const haldane::v1::Verdict& verdict) {
  const haldane::v1::Fairness& fairness = verdict.fairness();
  if (fairness.canary_hosts() == 0 && fairness.baseline_hosts() == 0) return "";
  std::string out = absl::StrFormat(
      "\nFairness: %d canary and %d baseline hosts; traffic per host %.2fx; processes %.0f s and %.0f s "
      "old\n",
      fairness.canary_hosts(), fairness.baseline_hosts(), fairness.traffic_balance(),
      fairness.canary_age_seconds(), fairness.baseline_age_seconds());
  for (const haldane::v1::FairnessProblem& problem : fairness.problems()) {
    absl::StrAppend(&out, "  ", EffectWord(problem.effect()), ": ", Printable(problem.what()),
                    problem.signals().empty()
                        ? ""
                        : absl::StrCat(" (", Printable(absl::StrJoin(problem.signals(), ", ")), ")"),
                    "\n");
  }
  return out;
}

std::string Spent(const haldane::v1::Verdict& verdict) {
  if (verdict.combined_bound() <= 0) return "";
  return absl::StrFormat("\nFalse-stop budget spent: %.1f %%\n", 100 * verdict.budget_spent());
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
  for (const haldane::v1::Finding& finding : verdict.findings()) {
    absl::StrAppend(&out, Classes(finding), Quantiles(finding));
  }
  absl::StrAppend(&out, Distances(verdict), LeftOut(verdict), Bases(verdict), FairnessReport(verdict),
                  GuardStandingReport(rollout), Spent(verdict));
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
