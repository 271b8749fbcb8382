#include "plan/plan_yaml.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "plan/defaults.h"
#include "plan/limits.h"
#include "plan/signals.h"
#include "plan/validate.h"
#include "yaml/tree.h"
#include "yaml/tree_reader.h"

namespace haldane::plan {
namespace {

std::vector<haldane::v1::Action> Actions() {
  return {haldane::v1::ACTION_ROLLBACK, haldane::v1::ACTION_HALT, haldane::v1::ACTION_OBSERVE};
}

std::vector<haldane::v1::Direction> Directions() {
  return {haldane::v1::DIRECTION_UP, haldane::v1::DIRECTION_DOWN, haldane::v1::DIRECTION_EITHER};
}

std::vector<haldane::v1::ExposureUnit> ExposureUnits() {
  return {haldane::v1::EXPOSURE_UNIT_REQUEST, haldane::v1::EXPOSURE_UNIT_CPU_SECOND};
}

// Turns a tree into a plan and collects all that is wrong with it.
class PlanReader : private yaml::TreeReader {
 public:
  explicit PlanReader(absl::string_view file_name) : TreeReader(file_name) {}

  absl::StatusOr<haldane::v1::Plan> Read(const yaml::Node& root) {
    haldane::v1::Plan plan;
    ReadTop(root, &plan);
    if (root.kind == yaml::Node::Kind::kMap) AddWhatIsWrongAsAWhole(plan);
    RETURN_IF_ERROR(Result());
    return plan;
  }

 private:
  void ReadTop(const yaml::Node& root, haldane::v1::Plan* plan) {
    if (root.kind == yaml::Node::Kind::kNull) {
      WrongDocument(root.line, "the plan is empty; give at least service, canary and baseline");
      return;
    }
    if (root.kind != yaml::Node::Kind::kMap) {
      WrongDocument(root.line, "a plan is a map that begins with a line such as \"service: web\"");
      return;
    }
    ReadMap("", root,
            {{"rollout", [&](auto& path, auto& node) { ReadText(path, node, plan->mutable_rollout()); }},
             {"service", [&](auto& path, auto& node) { ReadText(path, node, plan->mutable_service()); }},
             {"canary", [&](auto& path, auto& node) { ReadLabels(path, node, plan->mutable_canary()); }},
             {"baseline", [&](auto& path, auto& node) { ReadLabels(path, node, plan->mutable_baseline()); }},
             {"observe", [&](auto& path, auto& node) { ReadObserve(path, node, plan->mutable_observe()); }},
             {"budget", [&](auto& path, auto& node) { ReadBudget(path, node, plan->mutable_budget()); }},
             {"signals", [&](auto& path, auto& node) { ReadSignals(path, node, plan); }},
             {"stages", [&](auto& path, auto& node) { ReadStages(path, node, plan); }},
             {"on_missing",
              [&](auto& path, auto& node) { ReadOnMissing(path, node, plan->mutable_on_missing()); }},
             {"guard", [&](auto& path, auto& node) { ReadGuard(path, node, plan->mutable_guard()); }},
             {"exposure",
              [&](auto& path, auto& node) {
                plan->set_exposure(ReadChoice(path, node, ExposureUnits(), ExposureUnitName));
              }},
             {"min_hosts", [&](auto& path, auto& node) {
                plan->set_min_hosts(ReadWhole(path, node, kMinHosts).value_or(0));
              }}});
  }

  void ReadLabels(const std::string& path, const yaml::Node& node,
                  google::protobuf::RepeatedPtrField<haldane::v1::Label>* labels) {
    if (!IsMap(path, node, "{revision: abc123}")) return;
    std::map<std::string, std::string> sorted;
    std::map<absl::string_view, int> seen;
    for (const yaml::Entry& entry : node.entries) {
      if (IsRepeated(path, entry, &seen)) continue;
      if (const std::optional<std::string> problem = LabelNameProblem(entry.key)) {
        Wrong(path, entry.line, absl::StrCat(Quoted(entry.key), " ", *problem));
        continue;
      }
      const std::string label_path = Join(path, entry.key);
      SetLine(label_path, entry.line);
      ReadText(label_path, entry.value, &sorted[entry.key]);
    }
    for (const auto& [name, value] : sorted) {
      haldane::v1::Label* label = labels->Add();
      label->set_name(name);
      label->set_value(value);
    }
  }

  void ReadObserve(const std::string& path, const yaml::Node& node, haldane::v1::Observe* observe) {
    if (!IsMap(path, node, "{min: 3m, max: 30m, warmup: 45s}")) return;
    ReadMap(path, node,
            {{"min",
              [&](auto& p, auto& n) { ReadTime(p, n, MinTime(), [&] { return observe->mutable_min(); }); }},
             {"max",
              [&](auto& p, auto& n) { ReadTime(p, n, MaxTime(), [&] { return observe->mutable_max(); }); }},
             {"warmup", [&](auto& p, auto& n) {
                ReadTime(p, n, WarmupTime(), [&] { return observe->mutable_warmup(); });
              }}});
  }

  void ReadBudget(const std::string& path, const yaml::Node& node, haldane::v1::Budget* budget) {
    if (!IsMap(path, node, "{false_stop: 0.01, missed: 0.05}")) return;
    ReadMap(
        path, node,
        {{"false_stop",
          [&](auto& p, auto& n) { budget->set_false_stop(ReadNumber(p, n, kErrorProbability).value_or(0)); }},
         {"missed",
          [&](auto& p, auto& n) { budget->set_missed(ReadNumber(p, n, kErrorProbability).value_or(0)); }}});
  }

  void ReadSignals(const std::string& path, const yaml::Node& node, haldane::v1::Plan* plan) {
    if (node.kind != yaml::Node::Kind::kSequence) {
      Wrong(path, node.line, "must be a list, such as [{name: ruby.exceptions}]");
      return;
    }
    if (node.items.empty())
      Wrong(path, node.line, "is empty; name a signal, or remove the key for the default ones");
    for (size_t i = 0; i < node.items.size(); ++i) {
      // Every item gets its place, so that positions agree with the file's.
      ReadSignal(absl::StrCat(path, "[", i, "]"), node.items[i], plan->add_signals());
    }
  }

  void ReadSignal(const std::string& path, const yaml::Node& node, haldane::v1::SignalPlan* signal) {
    SetLine(path, node.line);
    if (!IsMap(path, node, "{name: ruby.exceptions}")) return;
    ReadMap(
        path, node,
        {{"name", [&](auto& p, auto& n) { ReadText(p, n, signal->mutable_name()); }},
         {"tolerate", [&](auto& p, auto& n) { signal->set_tolerate_ratio(ReadRatio(p, n).value_or(0)); }},
         {"absolute",
          [&](auto& p, auto& n) {
            if (const std::optional<double> rate = ReadNumber(p, n, kTolerateAny)) {
              signal->set_tolerate_absolute(*rate);
            }
          }},
         {"action", [&](auto& p, auto& n) { signal->set_action(ReadChoice(p, n, Actions(), ActionName)); }},
         {"required",
          [&](auto& p, auto& n) {
            if (const std::optional<bool> required = ReadFlag(p, n)) signal->set_required(*required);
          }},
         {"bad", [&](auto& p, auto& n) { signal->set_bad(ReadChoice(p, n, Directions(), DirectionName)); }},
         {"quantiles", [&](auto& p, auto& n) { ReadQuantiles(p, n, signal); }},
         {"weight", [&](auto& p, auto& n) { signal->set_weight(ReadNumber(p, n, kWeight).value_or(0)); }}});
  }

  // 1.25x or 1.25; in quotes too, since JSON knows no other way to write 1.25x.
  std::optional<double> ReadRatio(const std::string& path, const yaml::Node& node) {
    if (!IsScalar(path, node)) return std::nullopt;
    return NumberIn(path, node, absl::StripSuffix(node.text, "x"), kTolerateRatio);
  }

  void ReadTime(const std::string& path, const yaml::Node& node, const TimeRange& range,
                const std::function<google::protobuf::Duration*()>& field) {
    if (const auto time = TreeReader::ReadTime(path, node, range)) *field() = ToProto(*time);
  }

  // One of an enum's values by the name that `name_of` gives it.
  template <typename Enum>
  Enum ReadChoice(const std::string& path, const yaml::Node& node, const std::vector<Enum>& choices,
                  absl::string_view (*name_of)(Enum)) {
    std::vector<Choice<Enum>> words;
    for (const Enum choice : choices) words.push_back({name_of(choice), choice});
    Enum value{};
    TreeReader::ReadChoice(path, node, words, &value);
    return value;
  }

  void ReadStages(const std::string& path, const yaml::Node& node, haldane::v1::Plan* plan) {
    if (node.kind != yaml::Node::Kind::kSequence || node.items.empty()) {
      Wrong(path, node.line, "must be a list, such as [{name: canary, hosts: 2}, {name: tenth, share: 0.1}]");
      return;
    }
    for (size_t i = 0; i < node.items.size(); ++i) {
      const std::string item = absl::StrCat(path, "[", i, "]");
      haldane::v1::Stage* stage = plan->add_stages();
      SetLine(item, node.items[i].line);
      if (!IsMap(item, node.items[i], "{name: canary, hosts: 2}")) continue;
      ReadMap(item, node.items[i],
              {{"name", [&](auto& p, auto& n) { ReadText(p, n, stage->mutable_name()); }},
               {"hosts", [&](auto& p, auto& n) { stage->set_hosts(ReadWhole(p, n, kMinHosts).value_or(0)); }},
               {"share", [&](auto& p, auto& n) { stage->set_share(ReadNumber(p, n, kShare).value_or(0)); }}});
    }
  }

  void ReadQuantiles(const std::string& path, const yaml::Node& node, haldane::v1::SignalPlan* signal) {
    if (node.kind != yaml::Node::Kind::kSequence || node.items.empty() || node.items.size() > kMaxQuantiles) {
      Wrong(path, node.line,
            absl::StrCat("must be a list of 1 to ", kMaxQuantiles, " quantiles, such as [0.5, 0.99]"));
      return;
    }
    for (size_t i = 0; i < node.items.size(); ++i) {
      const std::string item = absl::StrCat(path, "[", i, "]");
      signal->add_quantiles(ReadNumber(item, node.items[i], kQuantile).value_or(0));
    }
  }

  void ReadOnMissing(const std::string& path, const yaml::Node& node, haldane::v1::OnMissing* missing) {
    using haldane::v1::MISSING_POLICY_DROP_SIGNAL;
    using haldane::v1::MISSING_POLICY_HALT;
    using haldane::v1::MISSING_POLICY_WAIT;
    const std::vector<haldane::v1::MissingPolicy> hosts = {MISSING_POLICY_WAIT, MISSING_POLICY_HALT};
    const std::vector<haldane::v1::MissingPolicy> probes = {MISSING_POLICY_WAIT, MISSING_POLICY_HALT,
                                                            MISSING_POLICY_DROP_SIGNAL};
    if (!IsMap(path, node, "{agent_silent: halt, no_traffic: wait}")) return;
    ReadMap(
        path, node,
        {{"agent_silent",
          [&](auto& p, auto& n) { missing->set_agent_silent(ReadChoice(p, n, hosts, MissingPolicyName)); }},
         {"no_traffic",
          [&](auto& p, auto& n) { missing->set_no_traffic(ReadChoice(p, n, hosts, MissingPolicyName)); }},
         {"probe_missing", [&](auto& p, auto& n) {
            missing->set_probe_missing(ReadChoice(p, n, probes, MissingPolicyName));
          }}});
  }

  void ReadGuard(const std::string& path, const yaml::Node& node, haldane::v1::GuardPlan* guard) {
    if (!IsMap(path, node, "{runs: required, max_blocked: 0}")) return;
    using Setter = void (haldane::v1::GuardPlan::*)(uint32_t);
    const auto limit = [this, guard](Setter set) {
      return [this, guard, set](auto& p, auto& n) {
        if (const std::optional<int64_t> most = ReadWhole(p, n, kGuardLimit)) {
          (guard->*set)(static_cast<uint32_t>(*most));
        }
      };
    };
    ReadMap(path, node,
            {{"runs",
              [&](auto& p, auto& n) {
                guard->set_runs(ReadChoice<haldane::v1::GuardRunsWanted>(
                    p, n, {haldane::v1::GUARD_RUNS_WANTED_REQUIRED, haldane::v1::GUARD_RUNS_WANTED_OPTIONAL},
                    GuardRunsName));
              }},
             {"deploy_id", [&](auto& p, auto& n) { ReadText(p, n, guard->mutable_deploy_id()); }},
             {"max_blocked", limit(&haldane::v1::GuardPlan::set_max_blocked)},
             {"max_would_block", limit(&haldane::v1::GuardPlan::set_max_would_block)},
             {"max_new", limit(&haldane::v1::GuardPlan::set_max_new)},
             {"max_unattributed", limit(&haldane::v1::GuardPlan::set_max_unattributed)},
             {"complete_audit", [&](auto& p, auto& n) {
                if (const std::optional<bool> complete = ReadFlag(p, n)) guard->set_complete_audit(*complete);
              }}});
  }

  // What the parts do not show, unless a part that it depends on is wrong. It
  // stands where the field is, or else the field that it disagrees with, or else
  // what it is missing from.
  void AddWhatIsWrongAsAWhole(const haldane::v1::Plan& plan) {
    for (const PlanProblem& problem : FindPlanProblems(WithDefaults(plan))) {
      if (IsWrong(problem.field) || (!problem.related.empty() && IsWrong(problem.related))) continue;
      const bool elsewhere = !Has(problem.field) && Has(problem.related);
      const int line = LineOf(elsewhere ? problem.related : problem.field);
      WrongDocument(std::max(line, 1), absl::StrCat(problem.field, ": ", problem.what));
    }
  }
};

}  // namespace

absl::StatusOr<haldane::v1::Plan> ParsePlan(absl::string_view text, absl::string_view file_name) {
  ASSIGN_OR_RETURN(const yaml::Node root, yaml::ReadTree(text, file_name, {.document = "plan"}));
  return PlanReader(file_name).Read(root);
}

}  // namespace haldane::plan
