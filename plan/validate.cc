#include "plan/validate.h"

#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "plan/defaults.h"
#include "plan/limits.h"
#include "plan/signals.h"
#include "yaml/nearest.h"

namespace haldane::plan {
namespace {

// A gRPC status travels in a header of 8 KiB.
constexpr size_t kMaxLines = 20;

using Labels = google::protobuf::RepeatedPtrField<haldane::v1::Label>;

// What to say of a signal that does not exist.
std::string UnknownSignal(absl::string_view name) {
  std::vector<absl::string_view> names;
  for (const Signal& signal : KnownSignals()) names.push_back(signal.name);
  const std::string use = absl::StrCat("use one of ", absl::StrJoin(names, ", "));
  if (name.empty()) return absl::StrCat("is missing; ", use);
  const absl::string_view nearest = yaml::Nearest(name, names);
  return absl::StrCat(Quoted(name), " is not a signal; ",
                      nearest.empty() ? use : absl::StrCat("did you mean ", nearest, "?"));
}

// Collects problems; each method looks at one part of the plan.
class Checker {
 public:
  std::vector<PlanProblem> Take() { return std::move(problems_); }

  void Names(const haldane::v1::Plan& plan) {
    if (plan.service().empty()) {
      Add("service", "is missing; name the service whose processes are judged");
    } else {
      Add("service", LabelValueProblem(plan.service()));
    }
    Add("rollout", RolloutNameProblem(plan.rollout()));
  }

  // True when the selector can be used.
  bool Selector(absl::string_view field, const Labels& labels) {
    const size_t before = problems_.size();
    if (labels.empty()) {
      Add(field, absl::StrCat("is missing; say which labels make a process a ", field,
                              ", such as {revision: abc123}"));
    } else if (static_cast<size_t>(labels.size()) > kMaxLabels) {
      Add(field, absl::StrCat("has ", labels.size(), " labels; at most ", kMaxLabels, " are allowed"));
    } else {
      for (int i = 0; i < labels.size(); ++i) SelectorLabel(field, labels, i);
    }
    return problems_.size() == before;
  }

  // A process that is both canary and baseline would be compared with itself.
  void Disjoint(const haldane::v1::Plan& plan) {
    for (const haldane::v1::Label& canary : plan.canary()) {
      for (const haldane::v1::Label& baseline : plan.baseline()) {
        if (canary.name() == baseline.name() && canary.value() != baseline.value()) return;
      }
    }
    Add("baseline",
        "matches processes that canary matches too; give both one label with different values, such as "
        "revision",
        "canary");
  }

  void Times(const haldane::v1::Observe& observe) {
    const bool min_fits = Time("observe.min", observe.min(), MinTime());
    const bool max_fits = Time("observe.max", observe.max(), MaxTime());
    Time("observe.warmup", observe.warmup(), WarmupTime());
    if (min_fits && max_fits && FromProto(observe.min()) > FromProto(observe.max())) {
      Add("observe.max",
          absl::StrCat("is ", absl::FormatDuration(FromProto(observe.max())),
                       ", shorter than observe.min of ", absl::FormatDuration(FromProto(observe.min())),
                       "; lengthen max or shorten min"),
          "observe.min");
    }
  }

  void Budget(const haldane::v1::Budget& budget) {
    Add("budget.false_stop", RangeProblem(budget.false_stop(), kErrorProbability));
    Add("budget.missed", RangeProblem(budget.missed(), kErrorProbability));
  }

  void Signals(const haldane::v1::Plan& plan) {
    if (static_cast<size_t>(plan.signals_size()) > kMaxSignals) {
      Add("signals",
          absl::StrCat("has ", plan.signals_size(), " entries; at most ", kMaxSignals, " are allowed"));
      return;
    }
    std::set<std::string> seen;
    bool can_stop = false;
    for (int i = 0; i < plan.signals_size(); ++i) {
      const haldane::v1::SignalPlan& signal = plan.signals(i);
      const std::string field = absl::StrCat("signals[", i, "]");
      OneSignal(field, signal);
      // Of a name that does not exist enough has been said.
      if (FindSignal(signal.name()) != nullptr && !seen.insert(signal.name()).second) {
        Add(absl::StrCat(field, ".name"),
            absl::StrCat(signal.name(), " is listed twice; remove one of them"));
      }
      can_stop = can_stop || signal.action() != haldane::v1::ACTION_OBSERVE;
    }
    if (!can_stop) {
      Add("signals",
          "only observe, so nothing could ever stop the rollout; give one the action rollback or halt");
    }
  }

  void Hosts(uint32_t min_hosts) { Add("min_hosts", RangeProblem(min_hosts, kMinHosts)); }

 private:
  void Add(absl::string_view field, std::optional<std::string> what, absl::string_view related = "") {
    if (what.has_value()) problems_.push_back({std::string(field), std::string(related), *std::move(what)});
  }

  void SelectorLabel(absl::string_view selector, const Labels& labels, int i) {
    const haldane::v1::Label& label = labels[i];
    if (std::optional<std::string> problem = LabelNameProblem(label.name())) {
      Add(selector, absl::StrCat(Quoted(label.name()), " ", *problem));
      return;
    }
    const std::string field = absl::StrCat(selector, ".", label.name());
    if (label.name() == "service") {
      Add(field, "the service is named once, for both sides; remove this label");
      return;
    }
    if (i > 0 && labels[i - 1].name() == label.name()) Add(field, "is given twice; remove one of them");
    if (i > 0 && labels[i - 1].name() > label.name()) Add(field, "is out of order; sort labels by name");
    Add(field, LabelValueProblem(label.value()));
  }

  bool Time(absl::string_view field, const google::protobuf::Duration& duration, const TimeRange& range) {
    std::optional<std::string> problem = TimeProblem(FromProto(duration), range);
    if (duration.nanos() < 0 || duration.nanos() >= 1000000000) {
      problem = "has nanoseconds outside 0 to 999999999; carry them into the seconds";
    }
    Add(field, problem);
    return !problem.has_value();
  }

  void OneSignal(const std::string& field, const haldane::v1::SignalPlan& planned) {
    const Signal* known = FindSignal(planned.name());
    if (known == nullptr) {
      Add(absl::StrCat(field, ".name"), UnknownSignal(planned.name()));
      return;
    }
    Add(absl::StrCat(field, ".tolerate"), RangeProblem(planned.tolerate_ratio(), kTolerateRatio));
    Add(absl::StrCat(field, ".absolute"),
        RangeProblem(planned.tolerate_absolute(),
                     known->kind == SignalKind::kProportion ? kTolerateProportion : kTolerateRate));
    Add(absl::StrCat(field, ".weight"), RangeProblem(planned.weight(), kWeight));
    if (ActionName(planned.action()) == "unspecified") {
      Add(absl::StrCat(field, ".action"), "is not an action; use rollback, halt or observe");
    }
  }

  std::vector<PlanProblem> problems_;
};

}  // namespace

std::vector<PlanProblem> FindPlanProblems(const haldane::v1::Plan& plan) {
  Checker checker;
  checker.Names(plan);
  const bool canary_fits = checker.Selector("canary", plan.canary());
  const bool baseline_fits = checker.Selector("baseline", plan.baseline());
  if (canary_fits && baseline_fits) checker.Disjoint(plan);
  checker.Times(plan.observe());
  checker.Budget(plan.budget());
  checker.Signals(plan);
  checker.Hosts(plan.min_hosts());
  return checker.Take();
}

absl::Status ValidatePlan(const haldane::v1::Plan& plan) {
  std::vector<std::string> lines;
  for (const PlanProblem& problem : FindPlanProblems(plan)) {
    lines.push_back(absl::StrCat("plan.", problem.field, ": ", problem.what));
  }
  if (lines.empty()) return absl::OkStatus();
  if (lines.size() > kMaxLines) {
    const size_t more = lines.size() - kMaxLines;
    lines.resize(kMaxLines);
    lines.push_back(absl::StrCat("and ", more, " more"));
  }
  return absl::InvalidArgumentError(absl::StrJoin(lines, "\n"));
}

}  // namespace haldane::plan
