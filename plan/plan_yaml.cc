#include "plan/plan_yaml.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "plan/defaults.h"
#include "plan/limits.h"
#include "plan/nearest.h"
#include "plan/signals.h"
#include "plan/validate.h"
#include "plan/yaml_tree.h"

namespace haldane::plan {
namespace {

// True when the two name the same field or one lies within the other.
bool Overlap(absl::string_view a, absl::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  return absl::StartsWith(b, a) && (a.size() == b.size() || b[a.size()] == '.' || b[a.size()] == '[');
}

// Turns a tree into a plan and collects all that is wrong with it.
class PlanReader {
 public:
  explicit PlanReader(absl::string_view file_name) : file_name_(file_name) {}

  absl::StatusOr<haldane::v1::Plan> Read(const YamlNode& root) {
    haldane::v1::Plan plan;
    ReadTop(root, &plan);
    if (root.kind == YamlNode::Kind::kMap) AddWhatIsWrongAsAWhole(plan);
    if (problems_.empty()) return plan;
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const Problem& a, const Problem& b) { return a.line < b.line; });
    const std::string lines =
        absl::StrJoin(problems_, "\n", [this](std::string* out, const Problem& problem) {
          absl::StrAppend(out, file_name_, ":", problem.line, ": ", problem.what);
        });
    return absl::InvalidArgumentError(lines);
  }

 private:
  struct Problem {
    int line;
    std::string what;
  };
  // One key of a map and what reads its value.
  struct Field {
    absl::string_view key;
    std::function<void(const std::string& path, const YamlNode& value)> read;
  };

  void ReadTop(const YamlNode& root, haldane::v1::Plan* plan) {
    if (root.kind == YamlNode::Kind::kNull) {
      problems_.push_back({root.line, "the plan is empty; give at least service, canary and baseline"});
      return;
    }
    if (root.kind != YamlNode::Kind::kMap) {
      problems_.push_back({root.line, "a plan is a map that begins with a line such as \"service: web\""});
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
             {"min_hosts", [&](auto& path, auto& node) {
                const std::optional<double> hosts = ReadNumber(path, node, kMinHosts);
                if (!hosts.has_value()) return;
                if (*hosts != std::floor(*hosts)) {
                  Wrong(path, node.line, absl::StrCat("is ", *hosts, "; it must be ", kMinHosts.words));
                } else {
                  plan->set_min_hosts(static_cast<uint32_t>(*hosts));
                }
              }}});
  }

  void ReadLabels(const std::string& path, const YamlNode& node,
                  google::protobuf::RepeatedPtrField<haldane::v1::Label>* labels) {
    if (!IsMap(path, node, "{revision: abc123}")) return;
    std::map<std::string, std::string> sorted;
    std::map<absl::string_view, int> seen;
    for (const YamlEntry& entry : node.entries) {
      if (IsRepeated(path, entry, &seen)) continue;
      if (const std::optional<std::string> problem = LabelNameProblem(entry.key)) {
        Wrong(path, entry.line, absl::StrCat(Quoted(entry.key), " ", *problem));
        continue;
      }
      const std::string label_path = Join(path, entry.key);
      lines_[label_path] = entry.line;
      ReadText(label_path, entry.value, &sorted[entry.key]);
    }
    for (const auto& [name, value] : sorted) {
      haldane::v1::Label* label = labels->Add();
      label->set_name(name);
      label->set_value(value);
    }
  }

  void ReadObserve(const std::string& path, const YamlNode& node, haldane::v1::Observe* observe) {
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

  void ReadBudget(const std::string& path, const YamlNode& node, haldane::v1::Budget* budget) {
    if (!IsMap(path, node, "{false_stop: 0.01, missed: 0.05}")) return;
    ReadMap(
        path, node,
        {{"false_stop",
          [&](auto& p, auto& n) { budget->set_false_stop(ReadNumber(p, n, kErrorProbability).value_or(0)); }},
         {"missed",
          [&](auto& p, auto& n) { budget->set_missed(ReadNumber(p, n, kErrorProbability).value_or(0)); }}});
  }

  void ReadSignals(const std::string& path, const YamlNode& node, haldane::v1::Plan* plan) {
    if (node.kind != YamlNode::Kind::kSequence) {
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

  void ReadSignal(const std::string& path, const YamlNode& node, haldane::v1::SignalPlan* signal) {
    lines_[path] = node.line;
    if (!IsMap(path, node, "{name: ruby.exceptions}")) return;
    ReadMap(
        path, node,
        {{"name", [&](auto& p, auto& n) { ReadText(p, n, signal->mutable_name()); }},
         {"tolerate", [&](auto& p, auto& n) { signal->set_tolerate_ratio(ReadRatio(p, n).value_or(0)); }},
         {"absolute",
          [&](auto& p, auto& n) {
            if (const std::optional<double> rate = ReadNumber(p, n, kTolerateRate)) {
              signal->set_tolerate_absolute(*rate);
            }
          }},
         {"action", [&](auto& p, auto& n) { signal->set_action(ReadAction(p, n)); }},
         {"weight", [&](auto& p, auto& n) { signal->set_weight(ReadNumber(p, n, kWeight).value_or(0)); }}});
  }

  // Reads each known key once and reports all others.
  void ReadMap(const std::string& path, const YamlNode& node, const std::vector<Field>& fields) {
    std::map<absl::string_view, int> seen;
    for (const YamlEntry& entry : node.entries) {
      if (IsRepeated(path, entry, &seen)) continue;
      const auto field =
          std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.key == entry.key; });
      if (field == fields.end()) {
        UnknownKey(path, entry, fields);
        continue;
      }
      const std::string field_path = Join(path, entry.key);
      lines_[field_path] = entry.line;
      field->read(field_path, entry.value);
    }
  }

  void UnknownKey(const std::string& path, const YamlEntry& entry, const std::vector<Field>& fields) {
    std::vector<absl::string_view> keys;
    for (const Field& field : fields) keys.push_back(field.key);
    const absl::string_view nearest = Nearest(entry.key, keys);
    Wrong(Join(path, entry.key), entry.line,
          nearest.empty() ? absl::StrCat("unknown key; use one of ", absl::StrJoin(keys, ", "))
                          : absl::StrCat("unknown key; did you mean ", nearest, "?"));
    // Whoever misspells a key need not be told that it is missing.
    if (!nearest.empty()) wrong_.insert(Join(path, nearest));
  }

  bool IsRepeated(const std::string& path, const YamlEntry& entry, std::map<absl::string_view, int>* seen) {
    const auto [first, inserted] = seen->emplace(entry.key, entry.line);
    if (inserted) return false;
    Wrong(Join(path, entry.key), entry.line,
          absl::StrCat("given twice, first on line ", first->second, "; remove one of them"));
    return true;
  }

  bool IsMap(const std::string& path, const YamlNode& node, absl::string_view example) {
    if (node.kind == YamlNode::Kind::kMap) return true;
    Wrong(path, node.line, absl::StrCat("must be a map, such as ", example));
    return false;
  }

  bool IsScalar(const std::string& path, const YamlNode& node) {
    if (node.kind == YamlNode::Kind::kNull || (node.kind == YamlNode::Kind::kScalar && node.text.empty())) {
      Wrong(path, node.line, "has no value; give one or remove the key");
      return false;
    }
    if (node.kind == YamlNode::Kind::kScalar) return true;
    Wrong(path, node.line,
          absl::StrCat("must be one value, not a ", node.kind == YamlNode::Kind::kMap ? "map" : "list"));
    return false;
  }

  void ReadText(const std::string& path, const YamlNode& node, std::string* text) {
    if (IsScalar(path, node)) *text = node.text;
  }

  std::optional<double> ReadNumber(const std::string& path, const YamlNode& node, const Range& range) {
    if (!IsScalar(path, node)) return std::nullopt;
    if (node.quoted) {
      Wrong(path, node.line, "must be a number, not text; remove the quotes");
      return std::nullopt;
    }
    return NumberIn(path, node, node.text, range);
  }

  // 1.25x or 1.25; in quotes too, since JSON knows no other way to write 1.25x.
  std::optional<double> ReadRatio(const std::string& path, const YamlNode& node) {
    if (!IsScalar(path, node)) return std::nullopt;
    return NumberIn(path, node, absl::StripSuffix(node.text, "x"), kTolerateRatio);
  }

  std::optional<double> NumberIn(const std::string& path, const YamlNode& node, absl::string_view text,
                                 const Range& range) {
    double value = 0;
    std::optional<std::string> problem;
    if (!absl::SimpleAtod(text, &value) || !std::isfinite(value)) {
      problem = absl::StrCat("is ", Quoted(node.text), "; it must be ", range.words);
    } else {
      problem = RangeProblem(value, range);
    }
    if (!problem.has_value()) return value;
    Wrong(path, node.line, *problem);
    return std::nullopt;
  }

  void ReadTime(const std::string& path, const YamlNode& node, const TimeRange& range,
                const std::function<google::protobuf::Duration*()>& field) {
    if (!IsScalar(path, node)) return;
    absl::Duration time;
    double number = 0;
    if (absl::ParseDuration(node.text, &time)) {
      if (const std::optional<std::string> problem = TimeProblem(time, range)) {
        Wrong(path, node.line, *problem);
      } else {
        *field() = ToProto(time);
      }
    } else if (absl::SimpleAtod(node.text, &number)) {
      Wrong(path, node.line,
            absl::StrCat(node.text, " has no unit; write ", node.text, "s or ", node.text, "m"));
    } else {
      Wrong(path, node.line,
            absl::StrCat("is ", Quoted(node.text), "; write a time such as 45s, 3m or 1h30m"));
    }
  }

  haldane::v1::Action ReadAction(const std::string& path, const YamlNode& node) {
    if (!IsScalar(path, node)) return haldane::v1::ACTION_UNSPECIFIED;
    for (const auto action :
         {haldane::v1::ACTION_ROLLBACK, haldane::v1::ACTION_HALT, haldane::v1::ACTION_OBSERVE}) {
      if (node.text == ActionName(action)) return action;
    }
    Wrong(path, node.line, absl::StrCat("is ", Quoted(node.text), "; use rollback, halt or observe"));
    return haldane::v1::ACTION_UNSPECIFIED;
  }

  // What the parts do not show, unless a part that it depends on is wrong.
  void AddWhatIsWrongAsAWhole(const haldane::v1::Plan& plan) {
    for (const PlanProblem& problem : FindPlanProblems(WithDefaults(plan))) {
      const bool known = std::any_of(wrong_.begin(), wrong_.end(), [&](const std::string& path) {
        return Overlap(path, problem.field) || (!problem.related.empty() && Overlap(path, problem.related));
      });
      if (!known) problems_.push_back({LineOf(problem), absl::StrCat(problem.field, ": ", problem.what)});
    }
  }

  // Where the field is, or else the field that it disagrees with, or else what
  // it is missing from.
  int LineOf(const PlanProblem& problem) const {
    for (std::string path : {problem.field, problem.related}) {
      if (const auto found = lines_.find(path); found != lines_.end()) return found->second;
    }
    std::string path = problem.field;
    for (size_t end = path.find_last_of(".["); end != std::string::npos; end = path.find_last_of(".[")) {
      path.resize(end);
      if (const auto found = lines_.find(path); found != lines_.end()) return found->second;
    }
    return 1;
  }

  void Wrong(const std::string& path, int line, absl::string_view what) {
    problems_.push_back({line, absl::StrCat(path, ": ", what)});
    wrong_.insert(path);
  }

  static std::string Join(absl::string_view path, absl::string_view key) {
    const bool word = !LabelNameProblem(key).has_value();
    return absl::StrCat(path, path.empty() ? "" : ".", word ? std::string(key) : Quoted(key));
  }

  std::string file_name_;
  std::vector<Problem> problems_;
  std::map<std::string, int> lines_;  // by path, where a value begins
  std::set<std::string> wrong_;       // paths of which something has been said
};

}  // namespace

absl::StatusOr<haldane::v1::Plan> ParsePlan(absl::string_view text, absl::string_view file_name) {
  ASSIGN_OR_RETURN(const YamlNode root, ReadYaml(text, file_name));
  return PlanReader(file_name).Read(root);
}

}  // namespace haldane::plan
