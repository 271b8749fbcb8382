#include "tests/cli/sample_rollout_fixture.h"

#include <limits>

#include "plan/defaults.h"

namespace haldane::cli {
namespace {

void SetTotals(haldane::v1::CohortTotals* totals, uint32_t hosts, uint64_t events, uint64_t exposure) {
  totals->set_hosts(hosts);
  totals->set_events(events);
  totals->set_exposure(exposure);
}

void AddHost(haldane::v1::Rollout* rollout, const std::string& name, haldane::v1::HostView::Cohort cohort,
             uint64_t requests, uint64_t exceptions) {
  haldane::v1::HostView* host = rollout->add_hosts();
  host->set_host(name);
  host->set_cohort(cohort);
  host->set_processes(2);
  host->set_requests(requests);
  host->set_exceptions(exceptions);
  host->set_silent_seconds(0.4);
  host->set_exception_source("disassembly");
}

haldane::v1::Plan SamplePlan() {
  haldane::v1::Plan plan;
  plan.set_service("web");
  plan.add_canary()->set_name("revision");
  plan.mutable_canary(0)->set_value("b");
  plan.add_baseline()->set_name("revision");
  plan.mutable_baseline(0)->set_value("a");
  return plan::WithDefaults(plan);
}

}  // namespace

haldane::v1::Rollout SampleRollout(haldane::v1::RolloutState state) {
  haldane::v1::Rollout rollout;
  rollout.set_name("web-b");
  *rollout.mutable_plan() = SamplePlan();
  rollout.mutable_created_at()->set_seconds(1700000000);
  haldane::v1::Verdict* verdict = rollout.mutable_verdict();
  verdict->set_state(state);
  verdict->set_sentence("The canary raises 40.9 times as many exceptions per request as the baseline.");
  verdict->mutable_as_of()->set_seconds(1700000072);
  verdict->set_combined_evidence(2.3);
  verdict->set_combined_bound(4.6);
  verdict->set_input_digest("00ff");

  haldane::v1::Finding* exceptions = verdict->add_findings();
  exceptions->set_signal("ruby.exceptions");
  exceptions->set_state(haldane::v1::FINDING_STATE_HARMFUL);
  exceptions->set_action(haldane::v1::ACTION_ROLLBACK);
  SetTotals(exceptions->mutable_canary(), 1, 412, 20113);
  SetTotals(exceptions->mutable_baseline(), 1, 10, 19998);
  exceptions->set_ratio(40.96);
  exceptions->set_ratio_low(20.04);
  exceptions->set_ratio_high(83.2);
  exceptions->set_tolerate_ratio(1.25);
  exceptions->set_harm_evidence(12.5);
  exceptions->set_harm_bound(5.0);
  exceptions->set_clear_bound(3.0);
  haldane::v1::ClassFinding* noent = exceptions->add_classes();
  noent->set_name("Errno::ENOENT");
  noent->set_canary(402);
  noent->set_baseline(10);
  haldane::v1::ClassFinding* hostile = exceptions->add_classes();
  hostile->set_name("Evil\x1B[2J");
  hostile->set_canary(10);

  haldane::v1::Finding* failures = verdict->add_findings();
  failures->set_signal("http.5xx");
  failures->set_state(haldane::v1::FINDING_STATE_UNDECIDED);
  failures->set_reason("no 5xx on either side yet");
  failures->set_action(haldane::v1::ACTION_ROLLBACK);
  SetTotals(failures->mutable_canary(), 1, 0, 20113);
  SetTotals(failures->mutable_baseline(), 1, 0, 19998);
  failures->set_ratio_high(std::numeric_limits<double>::infinity());
  failures->set_tolerate_ratio(1.1);
  failures->set_harm_bound(5.0);
  failures->set_clear_evidence(2.15);
  failures->set_clear_bound(3.0);

  AddHost(&rollout, "web-1", haldane::v1::HostView::COHORT_CANARY, 20113, 412);
  AddHost(&rollout, "web-2", haldane::v1::HostView::COHORT_BASELINE, 19998, 10);
  rollout.mutable_hosts(1)->set_warming(1);
  return rollout;
}

}  // namespace haldane::cli
