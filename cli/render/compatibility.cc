#include "cli/render/compatibility.h"

#include "absl/strings/str_cat.h"
#include "cli/render/words.h"

namespace haldane::cli {
namespace {

using haldane::v1::Compatibility;

struct ProfileWords {
  Word word;
  absl::string_view meaning;
};

ProfileWords WordsOf(Compatibility::Profile profile) {
  switch (profile) {
    case Compatibility::PROFILE_FULL:
      return {{"full", "✔", "+", Color::kGreen}, "every signal can be had on this host"};
    case Compatibility::PROFILE_REDUCED:
      return {{"reduced", "!", "!", Color::kYellow}, "some signals cannot be had on this host"};
    default:
      return {{"disabled", "✖", "x", Color::kRed}, "no signal can be had on this host"};
  }
}

}  // namespace

std::string CompatibilityReport(const Compatibility& compatibility, const Style& style) {
  const ProfileWords words = WordsOf(compatibility.profile());
  std::string out = absl::StrCat(Label(style, words.word), ": ", words.meaning, " (kernel ",
                                 Printable(compatibility.kernel_release()), ")\n");
  for (const Compatibility::Missing& missing : compatibility.missing()) {
    absl::StrAppend(&out, "\n", Paint(style, Color::kBold, Printable(missing.capability())), "\n");
    if (!missing.reason().empty()) absl::StrAppend(&out, "  why     ", Printable(missing.reason()), "\n");
    if (!missing.remedy().empty()) absl::StrAppend(&out, "  remedy  ", Printable(missing.remedy()), "\n");
  }
  return out;
}

int CompatibilityExitCode(const Compatibility& compatibility) {
  switch (compatibility.profile()) {
    case Compatibility::PROFILE_FULL:
      return 0;
    case Compatibility::PROFILE_REDUCED:
      return 3;
    default:
      return 1;
  }
}

}  // namespace haldane::cli
