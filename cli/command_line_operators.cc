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

}  // namespace

void AddOperatorCommands(const CommandAdder& adder) {
  const auto arguments = std::make_shared<OperatorArguments>();
  AddOverrideCommands(adder, arguments);
}

}  // namespace haldane::cli
