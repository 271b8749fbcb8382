// libFuzzer target: whatever a controller has logged as a tick, the judge gives a
// verdict with numbers in it, and never lets a canary proceed within the minimum
// window. What ingest would have refused is tried too.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "controller/fleet/quota.h"
#include "controller/rollout/rollout.h"
#include "plan/signals.h"
#include "tests/support/rollout_script.h"

namespace {

using haldane::testing::Start;

const std::string& Opening() {
  static const std::string& opening = *new std::string([] {
    std::vector<std::string> names;
    for (const auto& signal : haldane::plan::KnownSignals()) names.emplace_back(signal.name);
    return haldane::testing::CreatedBytes(haldane::testing::TestPlan(names), Start());
  }());
  return opening;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  haldane::v1::Report report;
  if (report.ParseFromArray(data, static_cast<int>(size))) (void)haldane::controller::CheckReport(report);

  haldane::v1::Tick tick;
  if (!tick.ParseFromArray(data, static_cast<int>(size))) return 0;
  const auto rollout = *haldane::controller::Rollout::Open(Opening());
  for (int second = 1; second <= 3; ++second) {
    const absl::Time now = Start() + absl::Seconds(second);
    if (!rollout->Apply(haldane::testing::TickBytes(tick, now)).ok()) std::abort();
    const haldane::v1::Verdict verdict = rollout->Judge();
    if (verdict.state() == haldane::v1::ROLLOUT_STATE_PROCEED) std::abort();
    for (const haldane::v1::Finding& finding : verdict.findings()) {
      if (std::isnan(finding.harm_evidence()) || std::isnan(finding.clear_evidence())) std::abort();
      if (std::isnan(finding.ratio_low()) || std::isnan(finding.ratio_high())) std::abort();
    }
    // The next second's totals are larger.
    for (haldane::v1::HostReport& host : *tick.mutable_hosts()) {
      for (haldane::v1::ProcessSample& process : *host.mutable_processes()) {
        haldane::v1::Counters* counters = process.mutable_counters();
        counters->set_http_requests(2 * counters->http_requests() + 9);
        counters->set_http_5xx(2 * counters->http_5xx() + 1);
        counters->set_exceptions(2 * counters->exceptions() + 3);
      }
    }
  }
  return 0;
}
