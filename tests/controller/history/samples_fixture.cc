#include "tests/controller/history/samples_fixture.h"

#include <cmath>

#include "absl/strings/str_cat.h"

namespace haldane::testing {

void PretendedService::AddHosts(int count, const PretendedHost& like) {
  for (int i = 0; i < count; ++i) {
    members_.push_back({.host = like});
    if (like.name.empty()) members_.back().host.name = absl::StrCat("web-", members_.size());
  }
}

void PretendedService::Restart(size_t index, const std::string& revision) {
  Member& member = members_[index];
  member.host.revision = revision;
  member.host.age_ms = 0;
  ++member.host.pid;
  member.totals.Clear();
}

uint64_t PretendedService::Draw(double mean) {
  if (exact || mean <= 0) return static_cast<uint64_t>(std::llround(mean));
  return static_cast<uint64_t>(std::poisson_distribution<int64_t>(mean)(random_));
}

absl::Span<const controller::SeriesSecond> PretendedService::Second() {
  for (Member& member : members_) {
    const PretendedHost& host = member.host;
    const uint64_t requests = Draw(host.requests);
    const auto of = [&](double per_request) { return Draw(static_cast<double>(requests) * per_request); };
    haldane::v1::Counters& totals = member.totals;
    totals.set_http_requests(totals.http_requests() + requests);
    totals.set_http_5xx(totals.http_5xx() + std::min(requests, of(host.errors_per_request)));
    totals.set_exceptions(totals.exceptions() + of(host.exceptions_per_request));
    member.host.age_ms += 1000;
    if (host.silent) continue;
    haldane::v1::ProcessSample sample = Process(host.pid, 0, host.revision);
    sample.set_age_ms(host.age_ms);
    sample.set_exception_source(host.source);
    *sample.mutable_counters() = totals;
    history.Observe(host.name, host.epoch, {}, sample);
  }
  return history.EndSecond(++second_);
}

haldane::v1::Plan HistoryPlan(std::initializer_list<const char*> signals) {
  haldane::v1::Plan plan;
  plan.set_rollout("web-new");
  plan.set_service("web");
  const auto add = [](const char* revision, auto* labels) {
    haldane::v1::Label* label = labels->Add();
    label->set_name("revision");
    label->set_value(revision);
  };
  add("new", plan.mutable_canary());
  add("old", plan.mutable_baseline());
  plan.set_exposure(haldane::v1::EXPOSURE_UNIT_REQUEST);
  plan.mutable_observe()->mutable_warmup()->set_seconds(45);
  for (const char* signal : signals) plan.add_signals()->set_name(signal);
  return plan;
}

}  // namespace haldane::testing
