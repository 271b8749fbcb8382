#include "controller/verdict/numbers.h"

#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "plan/signals.h"

namespace haldane::controller {
namespace {

using haldane::v1::Finding;
using plan::SignalKind;

SignalKind KindOf(const Finding& finding) {
  const plan::Signal* known = plan::FindSignal(finding.signal());
  return known == nullptr ? SignalKind::kCount : known->kind;
}

std::string Grouped(uint64_t number) {
  std::string digits = absl::StrCat(number);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<size_t>(i), 1, ',');
  return digits;
}

std::string Ratio(double ratio) {
  return std::isfinite(ratio) ? absl::StrFormat("%.2fx", ratio) : "any multiple";
}

std::string Between(const Finding& finding) {
  return absl::StrCat("between ", Ratio(finding.ratio_low()), " and ", Ratio(finding.ratio_high()));
}

// "process-hour" -> "2.1 process-hours", "request" -> "8,211 requests".
std::string Exposure(const haldane::v1::CohortTotals& totals, const std::string& unit) {
  std::string words = unit == "cpu_second" ? "CPU seconds" : absl::StrCat(unit, "s");
  const bool whole = totals.exposure() >= 100 || totals.exposure() == std::floor(totals.exposure());
  return absl::StrCat(
      whole ? Grouped(static_cast<uint64_t>(totals.exposure())) : absl::StrFormat("%.1f", totals.exposure()),
      " ", words);
}

std::string Hosts(const haldane::v1::CohortTotals& totals, const char* side) {
  return absl::StrCat(totals.hosts(), " ", side, totals.hosts() == 1 ? " host" : " hosts");
}

std::string Side(const Finding& finding, bool canary) {
  const haldane::v1::CohortTotals& totals = canary ? finding.canary() : finding.baseline();
  return absl::StrCat(Grouped(totals.events()), " in ", Exposure(totals, finding.exposure_unit()), " on ",
                      Hosts(totals, canary ? "canary" : "baseline"));
}

std::string Sides(const Finding& finding) {
  return absl::StrCat(Side(finding, true), ", ", Side(finding, false));
}

std::string Duration(double microseconds) {
  if (microseconds >= 1e6) return absl::StrFormat("%.2f s", microseconds / 1e6);
  if (microseconds >= 1e3) return absl::StrFormat("%.3g ms", microseconds / 1e3);
  return absl::StrFormat("%.0f us", microseconds);
}

std::string Amount(double amount, const std::string& unit) {
  if (!std::isfinite(amount)) return amount > 0 ? "any amount" : "any fall";
  if (unit != "bytes") return absl::StrFormat("%.3g %s", amount, unit);
  const double size = std::abs(amount);
  if (size >= 1e9) return absl::StrFormat("%.2f GB", amount / 1e9);
  return absl::StrFormat("%.1f MB", amount / 1e6);
}

std::string QuantileName(double quantile) { return absl::StrFormat("p%g", quantile * 100); }

// The quantile that is worst for the canary.
const haldane::v1::QuantileFinding* WorstQuantile(const Finding& finding) {
  const haldane::v1::QuantileFinding* worst = nullptr;
  for (const haldane::v1::QuantileFinding& quantile : finding.quantiles()) {
    if (worst == nullptr || quantile.harm_evidence() > worst->harm_evidence()) worst = &quantile;
  }
  return worst;
}

std::string QuantileNumbers(const Finding& finding) {
  const haldane::v1::QuantileFinding* worst = WorstQuantile(finding);
  if (worst == nullptr || worst->baseline() <= 0) return absl::StrCat(finding.signal(), " without values");
  return absl::StrCat(
      finding.signal(), " ", QuantileName(worst->quantile()), " at ", Duration(worst->canary()), " against ",
      Duration(worst->baseline()), " on the baseline (", Ratio(worst->canary() / worst->baseline()), "; ",
      Ratio(finding.tolerate_ratio()), " is tolerated), of ",
      Exposure(finding.canary(), finding.exposure_unit()), " on ", Hosts(finding.canary(), "canary"), " and ",
      Exposure(finding.baseline(), finding.exposure_unit()), " on ", Hosts(finding.baseline(), "baseline"));
}

std::string DriftNumbers(const Finding& finding) {
  const haldane::v1::Drift& drift = finding.drift();
  const std::string& unit = finding.exposure_unit();
  return absl::StrCat(finding.signal(), " grows ", Amount(drift.per_hour(), unit),
                      " an hour faster than on the baseline (between ", Amount(drift.low(), unit), " and ",
                      Amount(drift.high(), unit), "; ", Amount(drift.tolerated(), unit),
                      " is tolerated): a process now holds ", Amount(drift.canary_level(), unit), ", ",
                      Amount(drift.baseline_level(), unit), " on the baseline");
}

std::string NoveltyNumbers(const Finding& finding) {
  if (finding.classes().empty()) return absl::StrCat(finding.signal(), ": none");
  std::string text = absl::StrCat(finding.signal(), ":");
  for (int i = 0; i < finding.classes_size() && i < 3; ++i) {
    const haldane::v1::ClassFinding& entry = finding.classes(i);
    absl::StrAppend(&text, i == 0 ? " " : ", ", entry.name(), " (", Grouped(entry.canary()),
                    " on the canary, ", entry.baseline() == 0 ? "never" : Grouped(entry.baseline()),
                    " on the baseline)");
  }
  return text;
}

std::string RateNumbers(const Finding& finding) {
  const std::string ratio = finding.baseline().events() == 0 && finding.canary().events() > 0
                                ? "on the canary alone"
                                : absl::StrCat("at ", Ratio(finding.ratio()), " the baseline");
  return absl::StrCat(finding.signal(), " ", ratio, " (", Between(finding), "; ",
                      Ratio(finding.tolerate_ratio()), " is tolerated): ", Sides(finding));
}

}  // namespace

std::string Numbers(const Finding& finding) {
  switch (KindOf(finding)) {
    case SignalKind::kDistribution:
      return QuantileNumbers(finding);
    case SignalKind::kDrift:
      return DriftNumbers(finding);
    case SignalKind::kNovelty:
      return NoveltyNumbers(finding);
    case SignalKind::kRareEvent:
      return absl::StrCat(finding.signal(), ": ", Sides(finding));
    default:
      return RateNumbers(finding);
  }
}

std::string Cleared(const Finding& finding) {
  if (KindOf(finding) == SignalKind::kDistribution || KindOf(finding) == SignalKind::kDrift) {
    return Numbers(finding);
  }
  if (finding.ratio_high() <= finding.tolerate_ratio() || finding.tolerate_absolute() <= 0) {
    return absl::StrCat(finding.signal(), " at ", Ratio(finding.ratio()), " the baseline (", Between(finding),
                        "; ", Ratio(finding.tolerate_ratio()), " is tolerated)");
  }
  return absl::StrCat(finding.signal(), " with ", Side(finding, true), ", demonstrably below the ",
                      absl::StrFormat("%.4g", finding.tolerate_absolute()), " per ",
                      finding.exposure_unit() == "cpu_second" ? "CPU second" : finding.exposure_unit(),
                      " that are tolerated");
}

std::string CouldStillBe(const Finding& finding) {
  switch (KindOf(finding)) {
    case SignalKind::kDistribution: {
      const haldane::v1::QuantileFinding* worst = WorstQuantile(finding);
      return absl::StrCat(
          finding.signal(), worst == nullptr ? "" : absl::StrCat(" ", QuantileName(worst->quantile())),
          " is not shown to be within ", Ratio(finding.tolerate_ratio()), " of the baseline yet");
    }
    case SignalKind::kDrift:
      return absl::StrCat(finding.signal(), " could still grow ",
                          Amount(finding.drift().high(), finding.exposure_unit()),
                          " an hour faster than on the baseline (",
                          Amount(finding.drift().tolerated(), finding.exposure_unit()), " is tolerated)");
    default:
      return absl::StrCat(finding.signal(), " could still be ", Ratio(finding.ratio_high()),
                          " the baseline (", Ratio(finding.tolerate_ratio()), " is tolerated)");
  }
}

std::string TopClass(const Finding& finding) {
  if (finding.classes().empty() || KindOf(finding) == SignalKind::kNovelty) return "";
  const haldane::v1::ClassFinding& top = finding.classes(0);
  if (top.canary() == 0) return "";
  return absl::StrCat("; mostly ", top.name(), " (", Grouped(top.canary()), " on the canary, ",
                      Grouped(top.baseline()), " on the baseline)");
}

}  // namespace haldane::controller
