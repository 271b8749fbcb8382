#include "cli/render/completion.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace haldane::cli {
namespace {

// Options of the command itself and those that every command takes.
std::vector<OptionEntry> OptionsOf(const CommandTable& table, const CommandEntry& command) {
  std::vector<OptionEntry> options = command.options;
  if (&command == &table.front()) return options;
  for (const OptionEntry& option : table.front().options) {
    const bool own = std::any_of(options.begin(), options.end(),
                                 [&](const OptionEntry& other) { return other.names == option.names; });
    if (!own) options.push_back(option);
  }
  return options;
}

std::vector<std::string> NamesOf(const std::vector<OptionEntry>& options) {
  std::vector<std::string> names;
  for (const OptionEntry& option : options) {
    if (!option.argument) names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

// What may stand where no option does.
std::vector<std::string> WordsOf(const CommandEntry& command) {
  std::vector<std::string> words;
  for (const auto& [name, description] : command.commands) words.push_back(name);
  for (const OptionEntry& option : command.options) {
    if (option.argument) words.insert(words.end(), option.choices.begin(), option.choices.end());
  }
  return words;
}

bool TakesFile(const CommandEntry& command) {
  return std::any_of(command.options.begin(), command.options.end(),
                     [](const OptionEntry& option) { return option.argument && option.is_file(); });
}

std::string Quote(absl::string_view text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

// The same for fish, which escapes inside quotes.
std::string FishQuote(absl::string_view text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

// Cases of a shell's `case $path in`, of what may follow an option.
std::string ValueCases(const CommandTable& table) {
  std::string cases;
  for (const CommandEntry& command : table) {
    for (const OptionEntry& option : OptionsOf(table, command)) {
      if (option.argument || option.value.empty()) continue;
      absl::StrAppend(
          &cases, "    ",
          absl::StrJoin(option.names, "|",
                        [&](std::string* out, const std::string& name) {
                          absl::StrAppend(out, Quote(absl::StrCat(command.path, " ", name)));
                        }),
          ") ",
          option.is_file() ? "file=1" : absl::StrCat("words=", Quote(absl::StrJoin(option.choices, " "))),
          " ;;\n");
    }
  }
  return cases;
}

std::string WordCases(const CommandTable& table) {
  std::string cases;
  for (const CommandEntry& command : table) {
    absl::StrAppend(&cases, "    ", Quote(command.path),
                    ") words=", Quote(absl::StrJoin(WordsOf(command), " ")),
                    "; options=", Quote(absl::StrJoin(NamesOf(OptionsOf(table, command)), " ")),
                    TakesFile(command) ? "; file=1" : "", " ;;\n");
  }
  return cases;
}

std::string PathCases(const CommandTable& table) {
  return absl::StrJoin(table, "|", [](std::string* out, const CommandEntry& command) {
    absl::StrAppend(out, Quote(command.path));
  });
}

}  // namespace

std::string BashCompletion(const CommandTable& table) {
  return absl::StrCat(R"(# bash completion of haldane; in ~/.bashrc: source <(haldane completion bash)
_haldane() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local path=haldane words= options= file= i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "$path ${COMP_WORDS[i]}" in
    )",
                      PathCases(table), R"() path="$path ${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$path $previous" in
)",
                      ValueCases(table), R"(    *) case "$path" in
)",
                      WordCases(table), R"(    esac ;;
  esac
  [[ $current == -* ]] && words=$options file=
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ -n $file ]] && COMPREPLY+=($(compgen -f -- "$current"))
  return 0
}
complete -o filenames -F _haldane haldane
)");
}

std::string ZshCompletion(const CommandTable& table) {
  return absl::StrCat(R"(#compdef haldane
# zsh completion of haldane; in ~/.zshrc, after compinit: source <(haldane completion zsh)
_haldane() {
  local current=${words[CURRENT]} previous=${words[CURRENT-1]}
  local path_=haldane candidates= options= file= i
  for ((i = 2; i < CURRENT; ++i)); do
    case "$path_ ${words[i]}" in
    )",
                      PathCases(table), R"() path_="$path_ ${words[i]}" ;;
    esac
  done
  case "$path_ $previous" in
)",
                      absl::StrReplaceAll(ValueCases(table), {{"words=", "candidates="}}),
                      R"(    *) case "$path_" in
)",
                      absl::StrReplaceAll(WordCases(table), {{"words=", "candidates="}}), R"(    esac ;;
  esac
  [[ $current == -* ]] && { candidates=$options; file=; }
  [[ -n $candidates ]] && compadd -- ${=candidates}
  [[ -n $file ]] && _files
  return 0
}
if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then _haldane "$@"; else compdef _haldane haldane; fi
)");
}

std::string FishCompletion(const CommandTable& table) {
  std::string script = R"(# fish completion of haldane; in config.fish: haldane completion fish | source
function __haldane_at
    set -l path haldane
    for word in (commandline -opc)[2..-1]
        contains -- "$path $word" )";
  absl::StrAppend(&script,
                  absl::StrJoin(table, " ",
                                [](std::string* out, const CommandEntry& command) {
                                  absl::StrAppend(out, FishQuote(command.path));
                                }),
                  R"(; and set path "$path $word"
    end
    test "$path" = "$argv"
end
complete -c haldane -f
)");
  for (const CommandEntry& command : table) {
    const std::string at =
        absl::StrCat("complete -c haldane -n ", FishQuote(absl::StrCat("__haldane_at ", command.path)));
    for (const auto& [name, description] : command.commands) {
      absl::StrAppend(&script, at, " -a ", name, " -d ", FishQuote(description), "\n");
    }
    for (const OptionEntry& option : OptionsOf(table, command)) {
      std::string line = at;
      if (option.argument) {
        if (option.choices.empty() && !option.is_file()) continue;
        absl::StrAppend(&line, option.is_file()
                                   ? " -F"
                                   : absl::StrCat(" -a ", FishQuote(absl::StrJoin(option.choices, " "))));
      } else {
        for (const std::string& name : option.names) {
          absl::StrAppend(&line, name[1] == '-' ? " -l " : " -s ", name.substr(name[1] == '-' ? 2 : 1));
        }
        if (!option.value.empty()) absl::StrAppend(&line, " -r");
        if (option.is_file()) absl::StrAppend(&line, " -F");
        if (!option.choices.empty())
          absl::StrAppend(&line, " -a ", FishQuote(absl::StrJoin(option.choices, " ")));
      }
      absl::StrAppend(&script, line, " -d ", FishQuote(option.description), "\n");
    }
  }
  return script;
}

}  // namespace haldane::cli
