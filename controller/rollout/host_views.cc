#include "controller/rollout/host_views.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "controller/evidence/probe_source.h"
#include "controller/evidence/signal_values.h"
#include "plan/defaults.h"

namespace haldane::controller {

void AddHostViews(const haldane::v1::Plan& plan, const Evidence& evidence, absl::Time now,
                  haldane::v1::Rollout* view) {
  std::vector<const Unit*> units;
  for (const Unit& unit : evidence.units()) units.push_back(&unit);
  std::sort(units.begin(), units.end(), [](const Unit* a, const Unit* b) {
    return std::tie(a->cohort, a->host) < std::tie(b->cohort, b->host);
  });

  const absl::Duration warmup = plan::FromProto(plan.observe().warmup());
  for (const Unit* unit : units) {
    haldane::v1::HostView* host = view->add_hosts();
    host->set_host(unit->host);
    host->set_cohort(unit->cohort == Cohort::kCanary ? haldane::v1::HostView::COHORT_CANARY
                                                     : haldane::v1::HostView::COHORT_BASELINE);
    host->set_processes(static_cast<uint32_t>(unit->process_starts.size()));
    host->set_warming(static_cast<uint32_t>(
        std::count_if(unit->process_starts.begin(), unit->process_starts.end(),
                      [&](const auto& process) { return now - process.second < warmup; })));
    host->set_requests(unit->totals.http_requests());
    host->set_exceptions(ReadSignal("ruby.exceptions", unit->totals)->events);
    host->set_http_5xx(unit->totals.http_5xx());
    host->set_silent_seconds(std::max(0.0, absl::ToDoubleSeconds(now - unit->last_report)));
    host->set_exception_source(SourceNames(unit->sources));
  }
}

}  // namespace haldane::controller
