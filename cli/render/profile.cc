#include "cli/render/profile.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/render/numbers.h"
#include "cli/render/table.h"
#include "plan/signals.h"

namespace haldane::cli {
namespace {

using haldane::v1::Profile;
using haldane::v1::SignalProfile;

constexpr uint32_t kLeastWindows = 50;
constexpr int kBarColumns = 40;
constexpr double kShown = 0.005;  // a share that is not zero when rounded

std::string AgeOf(const Profile& profile, absl::Time now) {
  return ShortTime(now - absl::FromUnixSeconds(profile.updated_at().seconds()));
}

std::string Percent(double share) { return absl::StrFormat("%.1f %%", 100 * share); }

uint32_t MostWindows(const Profile& profile) {
  uint32_t most = 0;
  for (const SignalProfile& signal : profile.signals()) most = std::max(most, signal.windows());
  return most;
}

std::string UsualRate(const SignalProfile& signal) {
  const plan::Signal* known = plan::FindSignal(signal.signal());
  const std::string unit = known == nullptr ? "unit of exposure" : std::string(known->exposure);
  if (!(signal.exposure() > 0)) return "no exposure yet";
  return absl::StrFormat("%.3g per %s", signal.events() / signal.exposure(), unit);
}

// A bar for each spread, the longest one as long as kBarColumns.
std::string SpreadPlot(const SignalProfile& signal, const Style& style) {
  const int points = std::min(signal.spreads_size(), signal.spread_weights_size());
  double most = 0;
  for (int i = 0; i < points; ++i) most = std::max(most, signal.spread_weights(i));
  std::string plot;
  for (int i = 0; i < points; ++i) {
    const double weight = signal.spread_weights(i);
    const int columns = most > 0 ? static_cast<int>(std::lround(kBarColumns * weight / most)) : 0;
    std::string bar;
    for (int c = 0; c < columns; ++c) bar += style.unicode ? "\u2588" : "#";
    if (weight >= kShown) absl::StrAppendFormat(&bar, " %.0f %%", 100 * weight);
    const std::string line =
        absl::StrFormat("  %15s %7s  %s", i == 0 ? "hosts differ by" : "", Percent(signal.spreads(i)), bar);
    absl::StrAppend(&plot, absl::StripTrailingAsciiWhitespace(line), "\n");
  }
  return plot;
}

std::string SelfTests(const SignalProfile& signal, const Style& style) {
  if (signal.self_tests() == 0) return "no self test has ended yet";
  const double achieved = static_cast<double>(signal.self_stops()) / static_cast<double>(signal.self_tests());
  return absl::StrCat(
      Grouped(signal.self_stops()), " of ", Grouped(signal.self_tests()),
      " stopped by mistake: ", Percent(achieved), " [", Percent(signal.self_stop_low()), ", ",
      Percent(signal.self_stop_high()), "], promised at most ", Percent(signal.self_test_level()), ": ",
      signal.broken_promise()
          ? Paint(style, Color::kRed, "broken, judged by the exact permutation test until it is kept")
          : Paint(style, Color::kGreen, "kept"));
}

std::string SignalReport(const SignalProfile& signal, const Style& style) {
  std::string report = absl::StrCat("\n", Paint(style, Color::kBold, Printable(signal.signal())),
                                    "  usually ", UsualRate(signal), "; ", signal.windows(),
                                    signal.windows() == 1 ? " window, " : " windows, ", signal.incidents(),
                                    signal.incidents() == 1 ? " incident\n" : " incidents\n");
  if (signal.spread_weights().empty()) {
    const plan::Signal* known = plan::FindSignal(signal.signal());
    if (known != nullptr && !plan::IsRate(known->kind)) return report;  // its past is all that is used
    absl::StrAppend(&report, "  learning      ", kLeastWindows - std::min(kLeastWindows, signal.windows()),
                    " more windows to go\n");
  } else {
    absl::StrAppend(
        &report, SpreadPlot(signal, style), "  counts vary     ",
        absl::StrJoin(signal.dispersion(), ", ",
                      [](std::string* out, double phi) { absl::StrAppendFormat(out, "%.2g", phi); }),
        " times as much as chance (over 2, 8, 32, 128, 512 s)\n");
  }
  return absl::StrCat(report, "  self tests      ", SelfTests(signal, style), "\n");
}

}  // namespace

std::string ProfilesTable(const haldane::v1::ListProfilesResponse& list, absl::Time now) {
  Table table({"SERVICE", "WINDOWS", "SIGNALS", "LATEST", "SELF TESTS", "BROKEN PROMISES"});
  for (const Profile& profile : list.profiles()) {
    uint64_t tests = 0;
    std::vector<std::string> broken;
    for (const SignalProfile& signal : profile.signals()) {
      tests = std::max(tests, signal.self_tests());
      if (signal.broken_promise()) broken.push_back(Printable(signal.signal()));
    }
    table.AddRow({Printable(profile.service()), absl::StrCat(MostWindows(profile)),
                  absl::StrCat(profile.signals_size()), absl::StrCat(AgeOf(profile, now), " ago"),
                  Grouped(tests), broken.empty() ? "-" : absl::StrJoin(broken, ",")});
  }
  return table.Render();
}

std::string ProfileReport(const Profile& profile, absl::Time now, const Style& style) {
  const uint32_t windows = MostWindows(profile);
  std::string report = absl::StrCat(Printable(profile.service()), ": learned from ", windows,
                                    windows == 1 ? " quiet window" : " quiet windows", ", the latest ",
                                    AgeOf(profile, now), " ago\n");
  for (const SignalProfile& signal : profile.signals()) absl::StrAppend(&report, SignalReport(signal, style));
  return report;
}

}  // namespace haldane::cli
