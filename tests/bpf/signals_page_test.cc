// docs/signals.md is made of the tables in the code, and is up to date.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "agent/probe/signal_table.h"
#include "bpf/abi/signals.h"
#include "bpf/abi/sys_errors.h"
#include "plan/signals.h"

namespace haldane::agent {
namespace {

constexpr char kPage[] = HALDANE_REPOSITORY "/docs/signals.md";

constexpr char kHead[] = R"(# Signals

What Haldane counts: made by the test `SignalsPageTest` from `plan/signals.cc` (what a signal is, how it is judged)
and `agent/probe/signal_table.cc` (how it is counted). Do not edit; `HALDANE_WRITE_SIGNALS_PAGE=1 bpf_tests
--gtest_filter=SignalsPageTest.*` writes it anew.

A signal is divided by its exposure before it is compared. *Tolerated* is by what ratio, or by how much per unit of
exposure, a canary may be worse when a plan says no more than the signal's name; *action* is what then follows.

)";

std::string ToleranceOf(const plan::Signal& signal) {
  if (signal.kind == plan::SignalKind::kNovelty || signal.kind == plan::SignalKind::kRareEvent) return "-";
  if (signal.kind == plan::SignalKind::kDrift) return absl::StrCat("+", signal.tolerate_absolute, "/h");
  std::string text = absl::StrCat(signal.tolerate_ratio, "x");
  if (signal.tolerate_absolute > 0) absl::StrAppend(&text, " or ", signal.tolerate_absolute);
  return text;
}

const SignalSource* SourceOf(absl::string_view name) {
  for (const SignalSource& source : SignalSources()) {
    if (source.name == name) return &source;
  }
  return nullptr;
}

std::string Judged() {
  std::string text = "| signal | what | per | tolerated | action | by default |\n|---|---|---|---|---|---|\n";
  for (const plan::Signal& signal : plan::KnownSignals()) {
    absl::StrAppend(&text, "| `", signal.name, "` | ", signal.what, " | ", signal.exposure, " | ",
                    ToleranceOf(signal), " | ", plan::ActionName(signal.action), " | ",
                    signal.by_default ? "yes" : "", " |\n");
  }
  return text;
}

std::string Counted() {
  std::string text =
      "\n## How each is counted\n\nProbes are shed and attached again by group, in the order `vm_entries`, "
      "`sys_errors`, "
      "`latency`, `loads`, `gc_pause`,\n`tcp`, `usage`, `signals`, `exceptions`, `responses`. A signal whose "
      "group is off, "
      "or that a host cannot count, is a gap in\nits reports: unknown, never zero. `make bench-probes` "
      "measures the costs.\n";
  for (const plan::Signal& signal : plan::KnownSignals()) {
    const SignalSource* source = SourceOf(signal.name);
    if (source == nullptr) continue;
    absl::StrAppend(&text, "\n### ", signal.name, "\n\n");
    if (!source->group.empty()) absl::StrAppend(&text, "- group: `", source->group, "`\n");
    absl::StrAppend(&text, "- source: ", source->source, "\n");
    if (!source->reduced.empty()) absl::StrAppend(&text, "- with profile `reduced`: ", source->reduced, "\n");
    absl::StrAppend(&text, "- cost: ", source->cost, "\n- not seen, or seen wrongly: ", source->gaps, "\n");
  }
  return text;
}

std::string Rules() {
  std::string text = "\n## System calls that are no error\n\nWhatever the call:";
#define HALDANE_TELL(error) absl::StrAppend(&text, " " #error);
  HALDANE_SYS_ERRORS_IGNORED(HALDANE_TELL)
#undef HALDANE_TELL
  absl::StrAppend(
      &text,
      " (but EAGAIN counts when a process or thread cannot be made). Of one call, to which it is an "
      "answer:\n\n");
  std::map<std::string, std::string> calls;
#define HALDANE_TELL(error, call) absl::StrAppend(&calls[#error], " " #call);
  HALDANE_SYS_ERRORS_ORDINARY(HALDANE_TELL)
#undef HALDANE_TELL
  for (const auto& [error, names] : calls) absl::StrAppend(&text, "- ", error, ":", names, "\n");
  absl::StrAppend(&text, "\nClasses: `network` is EPIPE and every error of sockets;");
  std::map<std::string, std::string> classes;
#define HALDANE_TELL(name, error) absl::StrAppend(&classes[#name], " " #error);
  HALDANE_SYS_ERROR_CODES(HALDANE_TELL)
#undef HALDANE_TELL
  absl::StrAppend(&text, " `files`:", classes["FILES"], "; `resources`:", classes["RESOURCES"],
                  "; `permission`:", classes["PERMISSION"],
                  "; `other` is the rest.\n\n## Signals that count\n\n");
#define HALDANE_TELL(number, name) absl::StrAppend(&text, name " ");
  HALDANE_COUNTED_SIGNALS(HALDANE_TELL)
#undef HALDANE_TELL
  absl::StrAppend(&text, "and the real-time signals.\n");
  return text;
}

std::string Page() { return kHead + Judged() + Counted() + Rules(); }

TEST(SignalsPageTest, EverySignalSaysHowItIsCounted) {
  std::set<absl::string_view> known;
  for (const plan::Signal& signal : plan::KnownSignals()) {
    known.insert(signal.name);
    EXPECT_NE(SourceOf(signal.name), nullptr) << signal.name;
  }
  for (const SignalSource& source : SignalSources()) EXPECT_EQ(known.count(source.name), 1u) << source.name;
}

TEST(SignalsPageTest, ThePageIsWhatTheTablesSay) {
  if (getenv("HALDANE_WRITE_SIGNALS_PAGE") != nullptr) std::ofstream(kPage) << Page();
  std::ifstream file(kPage);
  std::ostringstream page;
  page << file.rdbuf();
  EXPECT_EQ(page.str(), Page()) << "write docs/signals.md anew: HALDANE_WRITE_SIGNALS_PAGE=1 bpf_tests "
                                   "--gtest_filter='SignalsPageTest.*'";
}

}  // namespace
}  // namespace haldane::agent
