// The part of the command line for on-call people and administrators.
#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "cli/command_adder.h"
#include "cli/commands/operator_commands.h"

namespace haldane::cli {
namespace {

// What these commands can be told; the command line owns it through their callbacks.
struct OperatorArguments {
  OverrideApplyOptions apply;
  std::string extend_by, expires_in;
  OverrideListOptions list;
  OverrideRevokeOptions revoke;
  TokenCreateOptions token_create;
  std::string token_expires_in, token_id;
  Output token_list_output = Output::kText, audit_list_output = Output::kText;
  AuditVerifyOptions audit_verify;
  uint32_t audit_limit = 100;
  std::string export_rollout, export_file;
  ReplayOptions replay;
  DevCaOptions dev_ca;
};

void AddRevision(CLI::App* command, uint64_t* revision) {
  command
      ->add_option(
          "--revision", *revision,
          "refuse when the rollout is at another revision by now (see `haldane rollout get -o json`)")
      ->type_name("N");
}

void AddOverrideApply(const CommandAdder& adder, CLI::App* overrides,
                      const std::shared_ptr<OperatorArguments>& a) {
  CLI::App* apply = adder.add(
      overrides, "apply", "Decide instead of the judge, or change what it may do",
      "  haldane override apply web-42 proceed --reason 'known flaky metric, INC-7'\n"
      "  haldane override apply web-42 hold --for 30m --reason 'looking into it'\n"
      "  haldane override apply web-42 extend --by 20m --reason 'little traffic'\n"
      "  haldane override apply web-42 mute --signal http.5xx --reason 'probe of the load balancer'\n",
      [adder, a] {
        a->apply.extend_by = TimeOf(a->extend_by);
        a->apply.expires_in = TimeOf(a->expires_in);
        return RunOverrideApply(a->apply, *adder.server, *adder.console);
      });
  apply->add_option("NAME", a->apply.rollout, "name of the rollout")->required()->check(NotEmpty());
  const std::map<std::string, haldane::v1::OverrideKind> kinds = {
      {"proceed", haldane::v1::OVERRIDE_KIND_PROCEED}, {"rollback", haldane::v1::OVERRIDE_KIND_ROLLBACK},
      {"hold", haldane::v1::OVERRIDE_KIND_HOLD},       {"resume", haldane::v1::OVERRIDE_KIND_RESUME},
      {"extend", haldane::v1::OVERRIDE_KIND_EXTEND},   {"mute", haldane::v1::OVERRIDE_KIND_MUTE}};
  apply
      ->add_option_function<std::string>(
          "KIND",
          [kinds, a](const std::string& word) {
            const auto found = kinds.find(word);
            if (found == kinds.end()) {
              throw CLI::ValidationError(
                  "KIND", "'" + word + "' is none of proceed|rollback|hold|resume|extend|mute");
            }
            a->apply.kind = found->second;
          },
          "what is to be done")
      ->required()
      ->type_name("proceed|rollback|hold|resume|extend|mute");
  apply->add_option("--reason", a->apply.reason, "why; kept with the rollout")->required()->check(NotEmpty());
  apply->add_option("--signal", a->apply.signal, "for mute: which signal")->type_name("SIGNAL");
  apply->add_option("--by", a->extend_by, "for extend: by how much")
      ->check(PositiveTime())
      ->type_name("TIME");
  apply
      ->add_option("--for", a->expires_in,
                   "how long it has an effect (default: an hour for hold, else for good)")
      ->check(PositiveTime())
      ->type_name("TIME");
  apply->add_option("--idempotency-key", a->apply.idempotency_key, "the same key twice makes one override")
      ->type_name("KEY");
  AddRevision(apply, &a->apply.revision);
  AddOutput(apply, &a->apply.output);
}

void AddOverrideCommands(const CommandAdder& adder, const std::shared_ptr<OperatorArguments>& a) {
  CLI::App* overrides = adder.app->add_subcommand("override", "Decide instead of the judge (role oncall)");
  AddOverrideApply(adder, overrides, a);

  CLI::App* list = adder.add(overrides, "list", "List overrides, newest first",
                             "  haldane override list --in-effect\n"
                             "  haldane override list --rollout web-42 -o json\n",
                             [adder, a] { return RunOverrideList(a->list, *adder.server, *adder.console); });
  list->add_option("--rollout", a->list.rollout, "only of this rollout")
      ->check(NotEmpty())
      ->type_name("NAME");
  list->add_flag("--in-effect", a->list.in_effect, "only those that have an effect now");
  list->add_option("--limit", a->list.limit, "at most this many")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  AddOutput(list, &a->list.output);

  CLI::App* revoke =
      adder.add(overrides, "revoke", "Withdraw an override: the judge's word holds again",
                "  haldane override revoke web-42 1 --reason 'the metric was right'\n",
                [adder, a] { return RunOverrideRevoke(a->revoke, *adder.server, *adder.console); });
  revoke->add_option("NAME", a->revoke.rollout, "name of the rollout")->required()->check(NotEmpty());
  revoke->add_option("ID", a->revoke.id, "number of the override")->required();
  revoke->add_option("--reason", a->revoke.reason, "why; kept with the rollout")
      ->required()
      ->check(NotEmpty());
  AddRevision(revoke, &a->revoke.revision);
  AddOutput(revoke, &a->revoke.output);
}

void AddTokenCommands(const CommandAdder& adder, const std::shared_ptr<OperatorArguments>& a) {
  CLI::App* token = adder.app->add_subcommand("token", "Make and revoke bearer tokens (role admin)");
  CLI::App* create =
      adder.add(token, "create", "Make a token and print it, this once",
                "  haldane token create --name ci-web --role deployer --service web --for 720h\n"
                "  haldane token create --name ann --role oncall -o json\n",
                [adder, a] {
                  a->token_create.expires_in = TimeOf(a->token_expires_in);
                  return RunTokenCreate(a->token_create, *adder.server, *adder.console);
                });
  create->add_option("--name", a->token_create.name, "who or what will use it")
      ->required()
      ->check(NotEmpty());
  create->add_option("--role", a->token_create.role, "what it may do")
      ->required()
      ->check(CLI::IsMember({"viewer", "deployer", "oncall", "admin"}));
  create
      ->add_option("--service", a->token_create.services,
                   "only for this service; may be repeated (default: all)")
      ->check(NotEmpty());
  create->add_option("--for", a->token_expires_in, "how long it is valid (default: 90 days)")
      ->type_name("TIME")
      ->check(CLI::Validator(
          [](std::string& text) {
            absl::Duration time;
            return absl::ParseDuration(text, &time) && time > absl::ZeroDuration()
                       ? std::string()
                       : "'" + text + "' is not a time; write one such as 720h";
          },
          ""));
  AddOutput(create, &a->token_create.output);
  CLI::App* list =
      adder.add(token, "list", "List tokens, without their secrets", "  haldane token list\n",
                [adder, a] { return RunTokenList(a->token_list_output, *adder.server, *adder.console); });
  AddOutput(list, &a->token_list_output);
  CLI::App* revoke =
      adder.add(token, "revoke", "Make a token worthless at once", "  haldane token revoke 1a2b3c4d5e6f\n",
                [adder, a] { return RunTokenRevoke(a->token_id, *adder.server, *adder.console); });
  revoke->add_option("ID", a->token_id, "its id, as `haldane token list` shows it")
      ->required()
      ->check(NotEmpty());
}

void AddReplay(const CommandAdder& adder, CLI::App* audit, const std::shared_ptr<OperatorArguments>& a) {
  CLI::App* record =
      adder.add(audit, "export", "Write the log of a rollout to a file, for `haldane replay`",
                "  haldane audit export web-42 web-42.recording\n", [adder, a] {
                  return RunAuditExport(a->export_rollout, a->export_file, *adder.server, *adder.console);
                });
  record->add_option("NAME", a->export_rollout, "name of the rollout")->required()->check(NotEmpty());
  record->add_option("FILE", a->export_file, "file to write")->required()->check(NotEmpty());
  CLI::App* replay = adder.add(
      adder.app, "replay", "Judge recordings again (exits 1 when a verdict is not bit for bit the same)",
      "  haldane replay web-42.recording\n"
      "  haldane replay web-42.recording --plan stricter.yaml\n"
      "  haldane replay recordings/ --plan stricter.yaml    # what would have become what\n",
      [adder, a] { return RunReplay(a->replay, *adder.console); });
  replay->add_option("PATH", a->replay.path, "a recording, or a directory of them")
      ->required()
      ->check(NotEmpty());
  replay->add_option("--plan", a->replay.plan_file, "also judge under this plan")->type_name("FILE");
  AddOutput(replay, &a->replay.output);
}

void AddAuditCommands(const CommandAdder& adder, const std::shared_ptr<OperatorArguments>& a) {
  CLI::App* audit =
      adder.app->add_subcommand("audit", "Prove that logs are what they were; who was refused what");
  CLI::App* verify =
      adder.add(audit, "verify", "Compute the digest chains of logs anew (exits 1 when one does not hold)",
                "  haldane audit verify\n"
                "  haldane audit verify --print-heads > heads.txt    # keep it elsewhere\n"
                "  haldane audit verify --heads heads.txt            # nothing before was rewritten\n",
                [adder, a] { return RunAuditVerify(a->audit_verify, *adder.server, *adder.console); });
  verify->add_option("NAME", a->audit_verify.rollouts, "rollouts (default: all)")->check(NotEmpty());
  verify
      ->add_option("--heads", a->audit_verify.heads_file,
                   "digests kept from an earlier run, to be found again")
      ->type_name("FILE");
  verify->add_flag("--print-heads", a->audit_verify.print_heads, "print ROLLOUT EVENTS DIGEST of each log");
  CLI::App* list =
      adder.add(audit, "list", "Refused calls and changes of tokens, newest first (role admin)",
                "  haldane audit list --limit 20\n", [adder, a] {
                  return RunAuditList(a->audit_limit, a->audit_list_output, *adder.server, *adder.console);
                });
  list->add_option("--limit", a->audit_limit, "at most this many")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  AddOutput(list, &a->audit_list_output);
  AddReplay(adder, audit, a);
}

void AddDevCa(const CommandAdder& adder, const std::shared_ptr<OperatorArguments>& a) {
  CLI::App* dev_ca =
      adder.add(adder.app, "dev-ca", "Make certificates for a trial with TLS",
                "  haldane dev-ca ./certs --agent web-1 --agent web-2 --controller haldane.internal\n",
                [adder, a] { return RunDevCa(a->dev_ca, *adder.console); });
  dev_ca->add_option("DIRECTORY", a->dev_ca.directory, "new directory for them")
      ->required()
      ->check(NotEmpty());
  dev_ca->add_option("--agent", a->dev_ca.agents, "host name of an agent; may be repeated")
      ->check(NotEmpty());
  dev_ca
      ->add_option("--controller", a->dev_ca.controllers,
                   "name or address of the controller besides localhost; may be repeated")
      ->check(NotEmpty());
}

}  // namespace

void AddOperatorCommands(const CommandAdder& adder) {
  const auto arguments = std::make_shared<OperatorArguments>();
  AddOverrideCommands(adder, arguments);
  AddTokenCommands(adder, arguments);
  AddAuditCommands(adder, arguments);
  AddDevCa(adder, arguments);
}

}  // namespace haldane::cli
