// The command line of `haldane`: CLI11 compiles slowly and is known here only.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "base/build_info.h"
#include "cli/command_adder.h"
#include "cli/command_line_docs.h"
#include "cli/commands/commands.h"
#include "cli/commands/man.h"
#include "cli/console.h"
#include "cli/exit_code.h"
#include "cli/interrupts.h"
#include "cli/render/completion.h"
#include "cli/render/man.h"
#include "cli/render/yaml.h"

namespace haldane::cli {
namespace {

// Help that begins with examples: most people need no more.
class ExamplesFirst : public CLI::Formatter {
 public:
  void Add(const CLI::App* app, std::string examples) { examples_[app] = std::move(examples); }

  std::string ExamplesOf(const CLI::App* app) const {
    const auto found = examples_.find(app);
    return found == examples_.end() ? "" : found->second;
  }

  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    const std::string examples = ExamplesOf(app);
    return (examples.empty() ? "" : "Examples:\n" + examples + "\n") +
           CLI::Formatter::make_help(app, name, mode);
  }

 private:
  std::map<const CLI::App*, std::string> examples_;
};

// Everything that the command line can set.
struct Arguments {
  Server server;
  bool no_color = false;
  GateOptions gate;
  std::string gate_timeout, gate_unreachable_after = "30s";
  RolloutCreateOptions create;
  RolloutListOptions list;
  RolloutOptions get, explain;
  RolloutAbortOptions abort;
  bool rubies = false;
  std::string (*completion)(const CommandTable&) = nullptr;
  std::string man_directory;
};

// An option that is one of these words, with what each stands for.
template <typename T>
CLI::Option* AddChoice(CLI::App* command, const std::string& name, T* value, const std::string& description,
                       const std::vector<std::pair<std::string, T>>& choices) {
  std::string words;
  for (const auto& [word, meaning] : choices) words += (words.empty() ? "" : "|") + word;
  const auto choose = [name, choices, words, value](const std::string& text) {
    for (const auto& [word, meaning] : choices) {
      if (word != text) continue;
      *value = meaning;
      return;
    }
    throw CLI::ValidationError(name, "'" + text + "' is none of " + words);
  };
  return command->add_option_function<std::string>(name, choose, description)
      ->type_name(words)
      ->default_str(choices.front().first);
}

void AddPlan(CLI::App* command, std::string* plan_file, std::string* rollout_name) {
  command->add_option("--plan", *plan_file, "the plan, YAML or JSON")->required()->type_name("FILE");
  command->add_option("--rollout-name", *rollout_name, "name of the rollout, instead of the plan's")
      ->check(NotEmpty())
      ->type_name("NAME");
}

// The commands of `haldane` and what each runs.
class CommandLine {
 public:
  explicit CommandLine(const Console& console) : console_(console) {
    app_.formatter(formatter_);
    app_.fallthrough();
    AddGlobals();
    AddGate();
    AddRollout();
    AddHost();
    const CommandAdder adder = {.add = [this](auto&&... arguments) { return Command(arguments...); },
                                .app = &app_,
                                .server = &arguments_.server,
                                .console = &console_};
    AddFleetCommands(adder);
    AddGuardCommands(adder);
    AddPlanCommands(adder);
    AddOperatorCommands(adder);
    AddProfileCommands(adder);
    AddWatchCommands(adder);
    AddDocs();
  }

  int Run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app_.exit(error, console_.out, console_.err) == 0 ? kExitDone : kExitUsage;
    }
    if (run_ == nullptr) {
      console_.err << "haldane: a command is missing; haldane --help and haldane rollout --help list them"
                   << std::endl;
      return kExitUsage;
    }
    if (arguments_.no_color) console_.out_style.color = console_.err_style.color = false;
    return YamlWanted() ? RunAsYaml() : run_();
  }

 private:
  // Commands write JSON documents, each on a line of its own.
  int RunAsYaml() {
    std::ostringstream json;
    std::streambuf* const terminal = console_.out.rdbuf(json.rdbuf());
    const int code = run_();
    console_.out.rdbuf(terminal);
    bool first = true;
    const std::string documents = json.str();
    for (const absl::string_view document : absl::StrSplit(documents, '\n', absl::SkipEmpty())) {
      if (!std::exchange(first, false)) console_.out << "---\n";
      console_.out << YamlOf(document);
    }
    return code;
  }

  // A command of `parent` that does `run`.
  CLI::App* Command(CLI::App* parent, const std::string& name, const std::string& description,
                    const std::string& examples, std::function<int()> run) {
    CLI::App* command = parent->add_subcommand(name, description);
    formatter_->Add(command, examples);
    command->callback([this, run = std::move(run)] { run_ = run; });
    return command;
  }

  void AddGlobals() {
    Server& server = arguments_.server;
    app_.add_option("--server", server.address, "address of the controller")
        ->envname("HALDANE_SERVER")
        ->capture_default_str()
        ->type_name("HOST:PORT");
    app_.add_option("--tls-cert", server.tls.certificate, "own certificate (PEM)")->type_name("FILE");
    app_.add_option("--tls-key", server.tls.key, "its private key (PEM)")->type_name("FILE");
    app_.add_option("--tls-ca", server.tls.ca, "CA of the controller's certificate (PEM)")->type_name("FILE");
    app_.add_option("--token-file", server.token_file, "file with a bearer token or JWT")->type_name("FILE");
    // Not an option: the command line of a process is there for all to read.
    if (const char* token = std::getenv("HALDANE_TOKEN")) server.token = token;
    app_.add_flag("--no-color", arguments_.no_color, "no colours (also: NO_COLOR=1)");
  }

  void AddGate() {
    GateOptions& gate = arguments_.gate;
    CLI::App* command = Command(
        &app_, "gate", "Open a rollout, wait for its verdict and exit with it (haldane help exit-codes)",
        "  haldane gate --plan plan.yaml && deploy the-rest\n"
        "  haldane gate --plan plan.yaml --stage canary && deploy ten-percent\n"
        "  haldane gate --plan plan.yaml --rollout-name web-$BUILD --timeout 20m -o json\n",
        [this] { return Gate(); });
    AddPlan(command, &gate.plan_file, &gate.rollout_name);
    command
        ->add_option("--timeout", arguments_.gate_timeout,
                     "for a verdict (default: the plan's observe.max + 5m)")
        ->check(PositiveTime())
        ->type_name("TIME");
    command
        ->add_option("--unreachable-after", arguments_.gate_unreachable_after,
                     "how long to wait for a controller that is away")
        ->check(PositiveTime())
        ->type_name("TIME")
        ->capture_default_str();
    AddChoice<bool>(command, "--on-unreachable", &gate.pass_when_unreachable,
                    "what to make of a controller that stays away: fail exits 6, pass exits 0",
                    {{"fail", false}, {"pass", true}});
    command
        ->add_option(
            "--stage", gate.stage,
            "wait until this stage of the plan is passed, or for the end; the last is passed by proceed")
        ->check(NotEmpty())
        ->type_name("NAME");
    AddOutputOf(command, "-o,--output,--format", {"text", "table", "json", "yaml", "github"},
                "text (or table) for people, json or yaml for programs (stable), github in a workflow's step",
                &gate.output);
  }

  int Gate() {
    // Before any thread, so that every thread leaves these signals alone.
    const UniqueFd interrupts = CatchInterrupts();
    GateOptions options = arguments_.gate;
    options.timeout = TimeOf(arguments_.gate_timeout);
    options.unreachable_after = TimeOf(arguments_.gate_unreachable_after);
    options.interrupt_fd = interrupts.get();
    return RunGate(options, arguments_.server, console_);
  }

  void AddRollout() {
    CLI::App* rollout = app_.add_subcommand("rollout", "Look at rollouts and end them");
    Arguments& a = arguments_;

    CLI::App* create = Command(rollout, "create", "Open a rollout without waiting for it",
                               "  haldane rollout create --plan plan.yaml\n"
                               "  haldane rollout create --plan plan.yaml --rollout-name web-42 -o json\n",
                               [this, &a] { return RunRolloutCreate(a.create, a.server, console_); });
    AddPlan(create, &a.create.plan_file, &a.create.rollout_name);
    AddOutput(create, &a.create.output);

    CLI::App* list = Command(rollout, "list", "List rollouts, newest first",
                             "  haldane rollout list\n"
                             "  haldane rollout list --service web --limit 5\n",
                             [this, &a] { return RunRolloutList(a.list, a.server, console_); });
    list->add_option("--service", a.list.service, "only rollouts of this service")->check(NotEmpty());
    list->add_option("--limit", a.list.limit, "at most this many")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    AddOutput(list, &a.list.output);

    CLI::App* get = Command(rollout, "get", "Show one rollout with its findings and hosts",
                            "  haldane rollout get web-def456\n"
                            "  haldane rollout get web-def456 -o json | jq .verdict.state\n",
                            [this, &a] { return RunRolloutGet(a.get, a.server, console_); });
    AddName(get, &a.get.name);
    AddOutput(get, &a.get.output);

    CLI::App* explain = Command(rollout, "explain", "Say why a rollout stands where it stands",
                                "  haldane rollout explain web-def456\n"
                                "  haldane rollout explain web-def456 -o json\n",
                                [this, &a] { return RunRolloutExplain(a.explain, a.server, console_); });
    AddName(explain, &a.explain.name);
    AddOutput(explain, &a.explain.output);

    CLI::App* abort = Command(rollout, "abort", "End a rollout that has no verdict yet",
                              "  haldane rollout abort web-def456 --reason 'wrong revision'\n"
                              "  haldane rollout abort web-def456 --reason 'pipeline cancelled' -o json\n",
                              [this, &a] { return RunRolloutAbort(a.abort, a.server, console_); });
    AddName(abort, &a.abort.name);
    abort->add_option("--reason", a.abort.reason, "why; kept with the rollout")
        ->required()
        ->check(NotEmpty());
    AddOutput(abort, &a.abort.output);
  }

  CommandTable Table() const {
    return TableOf(app_, [this](const CLI::App* app) { return formatter_->ExamplesOf(app); });
  }

  // What is made of the commands themselves; last, when all are there.
  void AddDocs() {
    CLI::App* completion = Command(&app_, "completion", "Print a script by which a shell completes commands",
                                   "  source <(haldane completion bash)\n"
                                   "  haldane completion fish > ~/.config/fish/completions/haldane.fish\n",
                                   [this] {
                                     console_.out << arguments_.completion(Table());
                                     return kExitDone;
                                   });
    using Script = std::string (*)(const CommandTable&);
    AddChoice<Script>(completion, "SHELL", &arguments_.completion, "which shell",
                      {{"bash", BashCompletion}, {"zsh", ZshCompletion}, {"fish", FishCompletion}})
        ->required()
        ->default_str("");

    CLI::App* man =
        Command(&app_, "man", "Write the manual's pages into a directory",
                "  haldane man /usr/local/share/man/man1\n"
                "  haldane man . && man ./haldane-gate.1\n",
                [this] { return RunMan(ManPages(Table(), kVersion), arguments_.man_directory, console_); });
    man->add_option("DIR", arguments_.man_directory, "where to write them")->required()->check(NotEmpty());
    man->get_option("DIR")->type_name("DIR");
  }

  static void AddName(CLI::App* command, std::string* name) {
    command->add_option("NAME", *name, "name of the rollout")->required()->check(NotEmpty());
  }

  void AddHost() {
    CLI::App* doctor =
        Command(&app_, "doctor", "Say what this host can do for Haldane (exits 0 all, 3 some, 1 nothing)",
                "  sudo haldane doctor\n"
                "  sudo haldane doctor --rubies\n",
                [this] { return RunDoctor(arguments_.rubies, console_); });
    doctor->add_flag("--rubies", arguments_.rubies,
                     "also list the Ruby interpreters that run here, and how each is probed");

    Command(&app_, "version", "Print the version", "  haldane version\n",
            [this] { return RunVersion(console_); });

    CLI::App* help = app_.add_subcommand("help", "Explain what is not a command");
    Command(help, "exit-codes", "What haldane exits with", "  haldane help exit-codes\n", [this] {
      console_.out << ExitCodeHelp();
      return kExitDone;
    });
  }

  Console console_;
  Arguments arguments_;
  std::shared_ptr<ExamplesFirst> formatter_ = std::make_shared<ExamplesFirst>();
  CLI::App app_{"Canary verdicts for Ruby services, from outside the application", "haldane"};
  std::function<int()> run_;
};

}  // namespace
}  // namespace haldane::cli

int main(int argc, char** argv) {
  // The exit code is the verdict: a reader of the output that goes away must
  // not replace it.
  signal(SIGPIPE, SIG_IGN);
  const haldane::cli::Console console = haldane::cli::ProcessConsole();
  int code = haldane::cli::CommandLine(console).Run(argc, argv);
  console.out.flush();
  if (!console.out && code == haldane::cli::kExitDone) {
    console.err << "haldane: cannot write to the standard output" << std::endl;
    code = haldane::cli::kExitError;
  }
  return code;
}
