#include "cli/render/github.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "cli/render/numbers.h"
#include "cli/render/overrides.h"
#include "cli/render/words.h"

namespace haldane::cli {
namespace {

constexpr int kMostFindings = 50;

// Nobody who only writes class names can guess it.
std::string RandomWord() {
  std::random_device device;
  std::string word;
  for (int i = 0; i < 4; ++i) absl::StrAppend(&word, absl::Hex(device(), absl::kZeroPad8));
  return word;
}

std::string Cell(absl::string_view text) {
  return absl::StrReplaceAll(Printable(text), {{"|", "\\|"}, {"<", "&lt;"}, {"`", "'"}});
}

std::string Annotation(absl::string_view text) {
  return absl::StrReplaceAll(Printable(text), {{"%", "%25"}});
}

absl::string_view LevelOf(ExitCode code) {
  if (code == kExitDone) return "notice";
  return code == kExitUndecided ? "warning" : "error";
}

std::string Summary(absl::string_view verdict, absl::string_view reason,
                    const haldane::v1::Rollout* rollout) {
  std::string text =
      absl::StrCat("### Haldane: ", Cell(absl::AsciiStrToUpper(verdict)), "\n\n", Cell(reason), "\n\n");
  if (rollout == nullptr) return text;
  const haldane::v1::Override* decision = DecisionOf(*rollout);
  if (decision != nullptr && rollout->verdict().state() == haldane::v1::ROLLOUT_STATE_OVERRIDDEN) {
    absl::StrAppend(&text, "Decided by ", Cell(decision->author().name()),
                    ", not by the judge, whose word was ", WordOf(rollout->judged_state()).word, ": ",
                    Cell(decision->reason()), "\n\n");
  }
  if (rollout->verdict().findings().empty()) return text;
  absl::StrAppend(&text, "| signal | finding | canary | baseline | ratio |\n|---|---|---|---|---|\n");
  int rows = 0;
  for (const haldane::v1::Finding& finding : rollout->verdict().findings()) {
    if (++rows > kMostFindings) break;
    absl::StrAppend(&text, "| ", Cell(finding.signal()), " | ", WordOf(finding.state()).word, " | ",
                    EventsOf(finding.canary()), " | ", EventsOf(finding.baseline()), " | ",
                    finding.ratio() > 0 ? Ratio(finding.ratio()) : "-", " |\n");
  }
  return text + "\n";
}

std::string OutputsText(absl::string_view verdict, ExitCode code, absl::string_view reason, bool decided,
                        const haldane::v1::Rollout* rollout) {
  const std::string end = RandomWord();
  const auto output = [&](absl::string_view name, absl::string_view value) {
    return absl::StrCat(name, "<<", end, "\n", Printable(value), "\n", end, "\n");
  };
  return absl::StrCat(output("verdict", verdict), output("decided", decided ? "true" : "false"),
                      output("reason", reason), output("rollout", rollout == nullptr ? "" : rollout->name()),
                      output("exit-code", absl::StrCat(static_cast<int>(code))));
}

absl::Status AppendTo(const char* variable, const std::string& text) {
  const char* path = std::getenv(variable);
  if (path == nullptr || *path == '\0') return absl::OkStatus();
  std::ofstream file(path, std::ios::app);
  file << text << std::flush;
  if (file) return absl::OkStatus();
  return absl::UnknownError(
      absl::StrCat("cannot write to ", path, ", the file of $", variable, ": ", std::strerror(errno)));
}

}  // namespace

GithubQuiet::GithubQuiet(const Console* console) : console_(console) {
  if (console_ == nullptr) return;
  token_ = RandomWord();
  console_->out << "::stop-commands::" << token_ << std::endl;
}

GithubQuiet::~GithubQuiet() {
  if (console_ == nullptr) return;
  console_->err << std::flush;
  console_->out << "::" << token_ << "::" << std::endl;
}

absl::Status WriteGithub(absl::string_view verdict, ExitCode code, absl::string_view reason, bool decided,
                         const haldane::v1::Rollout* rollout, const Console& console) {
  console.out << "::" << LevelOf(code) << " title=Haldane%3A " << Annotation(verdict)
              << "::" << Annotation(reason) << std::endl;
  const absl::Status outputs =
      AppendTo("GITHUB_OUTPUT", OutputsText(verdict, code, reason, decided, rollout));
  const absl::Status summary = AppendTo("GITHUB_STEP_SUMMARY", Summary(verdict, reason, rollout));
  return outputs.ok() ? summary : outputs;
}

}  // namespace haldane::cli
