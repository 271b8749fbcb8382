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
  constexpr char kList[] = "docs/signals.md lists them";
  if (name.empty()) return absl::StrCat("is missing; ", kList);
  const absl::string_view nearest = yaml::Nearest(name, names);
  return absl::StrCat(Quoted(name), " is not a signal; ",
                      nearest.empty() ? std::string(kList) : absl::StrCat("did you mean ", nearest, "?"));
}

const Range& AbsoluteRange(SignalKind kind) {
  switch (kind) {
    case SignalKind::kProportion:
    case SignalKind::kDistribution:
      return kTolerateProportion;
    case SignalKind::kDrift:
      return kTolerateGrowth;
    default:
      return kTolerateRate;
  }
}

// Sizes told in different units cannot be put in order.
bool Shrinks(const haldane::v1::Stage& before, const haldane::v1::Stage& stage) {
  const bool hosts = before.hosts() > 0 && stage.hosts() > 0;
  return hosts ? stage.hosts() < before.hosts()
               : before.share() > 0 && stage.share() > 0 && stage.share() < before.share();
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
    bool can_stop = false, can_clear = false;
    for (int i = 0; i < plan.signals_size(); ++i) {
      const haldane::v1::SignalPlan& signal = plan.signals(i);
      const std::string field = absl::StrCat("signals[", i, "]");
      OneSignal(field, signal);
      // Of a name that does not exist enough has been said.
      if (FindSignal(signal.name()) != nullptr && !seen.insert(signal.name()).second) {
        Add(absl::StrCat(field, ".name"),
            absl::StrCat(signal.name(), " is listed twice; remove one of them"));
      }
      const bool decides = signal.action() != haldane::v1::ACTION_OBSERVE;
      can_stop = can_stop || decides;
      can_clear = can_clear || FindSignal(signal.name()) == nullptr || (decides && signal.required());
    }
    if (!can_stop) {
      Add("signals",
          "only observe, so nothing could ever stop the rollout; give one the action rollback or halt");
    } else if (!can_clear) {
      Add("signals",
          "has none that is required, so nothing could ever let the rollout proceed; set required: true for "
          "one");
    }
  }

  void Missing(const haldane::v1::OnMissing& missing) {
    constexpr char kHosts[] = "is not a policy; use wait or halt";
    const auto hosts = [](haldane::v1::MissingPolicy policy) {
      return policy == haldane::v1::MISSING_POLICY_WAIT || policy == haldane::v1::MISSING_POLICY_HALT;
    };
    if (!hosts(missing.agent_silent())) Add("on_missing.agent_silent", kHosts);
    if (!hosts(missing.no_traffic())) Add("on_missing.no_traffic", kHosts);
    if (MissingPolicyName(missing.probe_missing()) == "unspecified") {
      Add("on_missing.probe_missing", "is not a policy; use wait, halt or drop_signal");
    }
  }

  void Exposure(const haldane::v1::Plan& plan) {
    if (ExposureUnitName(plan.exposure()) == "unspecified") {
      Add("exposure", "is not a unit; use request or cpu_second");
    }
    if (plan.exposure() != haldane::v1::EXPOSURE_UNIT_CPU_SECOND) return;
    for (int i = 0; i < plan.signals_size(); ++i) {
      if (!NeedsHttp(plan.signals(i).name())) continue;
      Add(absl::StrCat("signals[", i, "].name"),
          absl::StrCat(plan.signals(i).name(), " needs HTTP, which a service judged per cpu_second has not"),
          "exposure");
    }
  }

  void Stages(const haldane::v1::Plan& plan) {
    if (static_cast<size_t>(plan.stages_size()) > kMaxStages) {
      Add("stages",
          absl::StrCat("has ", plan.stages_size(), " entries; at most ", kMaxStages, " are allowed"));
      return;
    }
    std::set<std::string> names;
    for (int i = 0; i < plan.stages_size(); ++i) {
      const haldane::v1::Stage& stage = plan.stages(i);
      const std::string field = absl::StrCat("stages[", i, "]");
      Add(absl::StrCat(field, ".name"), StageNameProblem(stage.name()));
      if (!names.insert(stage.name()).second) {
        Add(absl::StrCat(field, ".name"), absl::StrCat(Quoted(stage.name()), " is given twice; rename one"));
      }
      if ((stage.hosts() > 0) == (stage.share() != 0)) {
        Add(field, "needs either hosts or share, such as {name: canary, hosts: 2}");
      } else if (stage.hosts() > 0) {
        Add(absl::StrCat(field, ".hosts"), RangeProblem(stage.hosts(), kMinHosts));
      } else {
        Add(absl::StrCat(field, ".share"), RangeProblem(stage.share(), kShare));
      }
      if (i > 0 && Shrinks(plan.stages(i - 1), stage)) {
        Add(field, "is smaller than the stage before; sort stages by size");
      }
    }
  }

  void Guard(const haldane::v1::Plan& plan) {
    if (!plan.has_guard()) return;
    const haldane::v1::GuardPlan& guard = plan.guard();
    if (GuardRunsName(guard.runs()) == "unspecified") {
      Add("guard.runs", "is not a wish; use required or optional");
    }
    if (RolloutNameProblem(guard.deploy_id()).has_value()) {
      Add("guard.deploy_id",
          absl::StrCat("is ", Quoted(guard.deploy_id()), "; a deploy's id is 1 to ", kMaxRolloutName,
                       " letters, digits, '.', '_' and '-', as guard run --deploy-id gives it"));
    }
    Add("guard.max_blocked", RangeProblem(guard.max_blocked(), kGuardLimit));
    Add("guard.max_would_block", RangeProblem(guard.max_would_block(), kGuardLimit));
    Add("guard.max_new", RangeProblem(guard.max_new(), kGuardLimit));
    Add("guard.max_unattributed", RangeProblem(guard.max_unattributed(), kGuardLimit));
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
    Add(absl::StrCat(field, ".tolerate"),
        RangeProblem(planned.tolerate_ratio(),
                     known->kind == SignalKind::kRareEvent ? kTolerateRare : kTolerateRatio));
    Add(absl::StrCat(field, ".absolute"),
        RangeProblem(planned.tolerate_absolute(), AbsoluteRange(known->kind)));
    Add(absl::StrCat(field, ".weight"), RangeProblem(planned.weight(), kWeight));
    if (ActionName(planned.action()) == "unspecified") {
      Add(absl::StrCat(field, ".action"), "is not an action; use rollback, halt or observe");
    }
    if (DirectionName(planned.bad()) == "unspecified") {
      Add(absl::StrCat(field, ".bad"), "is not a direction; use up, down or either");
    } else if (planned.bad() != haldane::v1::DIRECTION_UP && !IsRate(known->kind)) {
      Add(absl::StrCat(field, ".bad"),
          absl::StrCat("is ", DirectionName(planned.bad()), ", which only rates can have; ", planned.name(),
                       " is bad when it goes up"));
    }
    if (planned.required() && known->kind == SignalKind::kNovelty) {
      Add(absl::StrCat(field, ".required"), absl::StrCat("is true, but nothing shows that ", planned.name(),
                                                         " will never come; remove the key"));
    }
    Quantiles(field, *known, planned);
  }

  void Quantiles(const std::string& field, const Signal& known, const haldane::v1::SignalPlan& planned) {
    const std::string name = absl::StrCat(field, ".quantiles");
    if (known.kind != SignalKind::kDistribution) {
      if (!planned.quantiles().empty()) {
        Add(name, absl::StrCat("is given, but ", planned.name(), " is not a distribution; remove the key"));
      }
      return;
    }
    if (planned.quantiles().empty() || static_cast<size_t>(planned.quantiles_size()) > kMaxQuantiles) {
      Add(name, absl::StrCat("has ", planned.quantiles_size(), " entries; give 1 to ", kMaxQuantiles));
    }
    for (const double quantile : planned.quantiles()) Add(name, RangeProblem(quantile, kQuantile));
    for (int i = 1; i < planned.quantiles_size(); ++i) {
      if (planned.quantiles(i) <= planned.quantiles(i - 1)) {
        Add(name, "is not in increasing order; sort the quantiles and give each once");
        break;
      }
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
  checker.Missing(plan.on_missing());
  checker.Exposure(plan);
  checker.Stages(plan);
  checker.Guard(plan);
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
