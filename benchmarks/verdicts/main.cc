#include <cstdio>
#include <fstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmarks/verdicts/arguments.h"
#include "benchmarks/verdicts/generators/noise_model.h"
#include "benchmarks/verdicts/report/write.h"
#include "benchmarks/verdicts/study.h"

namespace haldane::benchmarks {
namespace {

constexpr char kPeers[] =
    "Kayenta's default judge (2025-04), Argo Rollouts (2026-08), Flagger (2026-07), mSPRT (Lindon and Malek "
    "2022), "
    "repeated z-test; re-implemented from their published rules in `benchmarks/peers/`";

std::string Processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown processor";
}

// What the report says before its numbers. The machine matters to one of them.
std::string Heading(const Scale& scale, bool quick) {
  std::string text = absl::StrCat(
      "Made by `bench-verdicts", quick ? " --quick" : "", " --runs ", scale.runs, "` on ", Processor(),
      "; only the cost of a second depends on the machine. Every other number is a simulation with fixed "
      "seeds: ",
      "at most ", scale.runs, " rollouts of each harmless condition and ", scale.harmful_runs,
      " of each harmful one; every table says how many. Tolerated ratio 1 unless said otherwise, the hardest "
      "boundary.\n\nPeers: ",
      kPeers,
      ".\n\nNoise models (one-second ticks; 20 requests a second and host; half an hour, after half an hour "
      "before the rollout where a past is used):\n\n");
  for (const NamedModel& model : NoiseModels()) {
    absl::StrAppend(&text, "- `", model.name, "`: ", model.description, "\n");
  }
  return text;
}

absl::Status WriteReport(const Arguments& arguments, const Scale& scale, const Report& report) {
  absl::Status status = WriteFile(arguments.json, ClaimsAsJson(report));
  if (!status.ok() || arguments.markdown.empty()) return status;
  const std::size_t slash = arguments.markdown.find_last_of('/');
  const std::string folder =
      absl::StrCat(slash == std::string::npos ? "" : arguments.markdown.substr(0, slash + 1), "plots/");
  for (const DotPlot& plot : report.plots) status.Update(WriteFile(folder + plot.file, PlotAsSvg(plot)));
  for (const LinePlot& plot : report.lines) status.Update(WriteFile(folder + plot.file, PlotAsSvg(plot)));
  status.Update(
      WriteMeasured(arguments.markdown, ReportAsMarkdown(report, Heading(scale, arguments.quick), "plots/")));
  return status;
}

int Main(int argc, char** argv) {
  const absl::StatusOr<Arguments> arguments = ParseArguments(argc, argv);
  if (!arguments.ok()) {
    absl::FPrintF(stderr, "bench-verdicts: %s\n%s", arguments.status().message(), kUsage);
    return 2;
  }
  if (arguments->help) {
    std::fputs(kUsage, stdout);
    return 0;
  }
  Scale scale = arguments->quick ? QuickScale(arguments->runs > 0 ? arguments->runs : 40)
                                 : FullScale(arguments->runs > 0 ? arguments->runs : 300);
  scale.workers = {arguments->threads, arguments->kept};
  const Report report = RunStudies(scale);
  absl::PrintF("machine: %s, %d threads, compiler %s\npeers: %s\n\n%s", Processor(),
               std::thread::hardware_concurrency(), __VERSION__, kPeers, ClaimsAsText(report));
  const absl::Status written = WriteReport(*arguments, scale, report);
  if (!written.ok()) {
    absl::FPrintF(stderr, "bench-verdicts: %s\n", written.message());
    return 2;
  }
  for (const Claim& claim : report.claims) {
    if (!claim.met) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace haldane::benchmarks

int main(int argc, char** argv) { return haldane::benchmarks::Main(argc, argv); }
