#include "cli/render/man.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/exit_code.h"

namespace haldane::cli {
namespace {

// Text that is no request to the formatter. A line that would begin with one
// begins with nothing instead.
std::string Roff(absl::string_view text) {
  std::string out = absl::StrReplaceAll(text, {{"\\", "\\e"}, {"-", "\\-"}});
  if (!out.empty() && (out[0] == '.' || out[0] == '\'')) out.insert(0, "\\&");
  return out;
}

std::string Lines(absl::string_view text) {
  return absl::StrJoin(absl::StrSplit(text, '\n'), "\n",
                       [](std::string* out, absl::string_view line) { absl::StrAppend(out, Roff(line)); });
}

std::string Verbatim(absl::string_view text) {
  return absl::StrCat(".nf\n", Lines(absl::StripTrailingAsciiWhitespace(text)), "\n.fi\n");
}

std::string OptionText(const OptionEntry& option) {
  std::string text = ".TP\n";
  absl::StrAppend(&text, absl::StrJoin(option.names, ", ", [](std::string* out, const std::string& name) {
    absl::StrAppend(out, "\\fB", Roff(name), "\\fR");
  }));
  if (!option.value.empty() && !option.argument) absl::StrAppend(&text, " \\fI", Roff(option.value), "\\fR");
  std::string description = option.description;
  if (!option.standard.empty()) absl::StrAppend(&description, " (default: ", option.standard, ")");
  if (!option.environment.empty()) absl::StrAppend(&description, " (also: $", option.environment, ")");
  if (option.required) absl::StrAppend(&description, " (required)");
  return absl::StrCat(text, "\n", Lines(description), "\n");
}

std::string Synopsis(const CommandEntry& command) {
  std::string text = absl::StrCat("\\fB", Roff(command.path), "\\fR");
  bool options = false;
  for (const OptionEntry& option : command.options) options |= !option.argument;
  if (!command.commands.empty()) absl::StrAppend(&text, " \\fICOMMAND\\fR");
  for (const OptionEntry& option : command.options) {
    if (option.argument) {
      absl::StrAppend(&text, " ", option.required ? "" : "[", "\\fI", Roff(option.names[0]), "\\fR",
                      option.required ? "" : "]");
    }
  }
  return absl::StrCat(text, options ? " [\\fIOPTIONS\\fR]" : "", "\n");
}

std::string OptionsText(const CommandEntry& command, absl::string_view heading) {
  std::string text;
  for (const OptionEntry& option : command.options) absl::StrAppend(&text, OptionText(option));
  return text.empty() ? "" : absl::StrCat(heading, text);
}

std::string Head(absl::string_view name, absl::string_view description, absl::string_view version) {
  return absl::StrCat(".TH ", absl::AsciiStrToUpper(name), " 1 \"\" \"haldane ", version,
                      "\" \"Haldane\"\n.SH NAME\n", Roff(name), " \\- ", Lines(description), "\n");
}

// The commands that the page of `top` tells of: itself and those below.
std::vector<const CommandEntry*> Family(const CommandTable& table, const CommandEntry& top) {
  std::vector<const CommandEntry*> family;
  for (const CommandEntry& command : table) {
    if (command.path == top.path || absl::StartsWith(command.path, top.path + " "))
      family.push_back(&command);
  }
  return family;
}

std::string CommandPage(const CommandTable& table, const CommandEntry& top, absl::string_view version) {
  const std::string name = absl::StrReplaceAll(top.path, {{" ", "-"}});
  const std::vector<const CommandEntry*> family = Family(table, top);
  std::string text = absl::StrCat(Head(name, top.description, version), ".SH SYNOPSIS\n");
  for (const CommandEntry* command : family) {
    if (command->commands.empty()) absl::StrAppend(&text, Synopsis(*command), ".br\n");
  }
  if (family.size() == 1) {
    absl::StrAppend(&text, OptionsText(top, ".SH OPTIONS\n"));
    if (!top.examples.empty()) absl::StrAppend(&text, ".SH EXAMPLES\n", Verbatim(top.examples));
  } else {
    absl::StrAppend(&text, ".SH COMMANDS\n");
    for (const CommandEntry* command : family) {
      if (!command->commands.empty()) continue;
      absl::StrAppend(&text, ".SS ", Roff(command->path), "\n", Lines(command->description), "\n",
                      OptionsText(*command, ""));
      if (!command->examples.empty()) absl::StrAppend(&text, ".PP\n", Verbatim(command->examples));
    }
  }
  return absl::StrCat(text, ".SH SEE ALSO\n\\fBhaldane\\fR(1), for options of all commands and exit codes\n");
}

std::string MainPage(const CommandTable& table, absl::string_view version) {
  const CommandEntry& app = table.front();
  std::string text = absl::StrCat(Head("haldane", app.description, version), ".SH SYNOPSIS\n", Synopsis(app),
                                  ".SH COMMANDS\n");
  for (const auto& [name, description] : app.commands) {
    absl::StrAppend(&text, ".TP\n\\fBhaldane\\-", Roff(name), "\\fR(1)\n", Lines(description), "\n");
  }
  absl::StrAppend(&text, OptionsText(app, ".SH OPTIONS\nAll commands take these.\n"));
  absl::StrAppend(&text,
                  ".SH ENVIRONMENT\n.TP\n\\fBHALDANE_TOKEN\\fR\nbearer token or JWT to show, as with "
                  "\\-\\-token\\-file\n.TP\n\\fBNO_COLOR\\fR\nno colours, when set\n");
  return absl::StrCat(text, ".SH EXIT STATUS\n", Verbatim(ExitCodeHelp()));
}

}  // namespace

std::vector<ManPage> ManPages(const CommandTable& table, absl::string_view version) {
  std::vector<ManPage> pages = {{.file = "haldane.1", .text = MainPage(table, version)}};
  for (const CommandEntry& command : table) {
    const std::vector<std::string> words = absl::StrSplit(command.path, ' ');
    if (words.size() != 2) continue;
    pages.push_back(
        {.file = absl::StrCat("haldane-", words[1], ".1"), .text = CommandPage(table, command, version)});
  }
  return pages;
}

}  // namespace haldane::cli
