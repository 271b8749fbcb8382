#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "guard/record/json_line.h"
#include "guard/report/render.h"

namespace haldane::guard {
namespace {

constexpr int kSummaryVersion = 1;

std::string TimeJson(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

std::string List(const std::vector<std::string>& objects) {
  return absl::StrCat("[", absl::StrJoin(objects, ",\n  "), "]");
}

std::string CountsJson(const std::map<std::string, uint64_t>& counts) {
  JsonLine object;
  for (const auto& [name, count] : counts) object.Number(name, static_cast<int64_t>(count));
  return object.Object();
}

std::string WaiverJson(const Waiver& waiver) {
  JsonLine object;
  object.Text("id", waiver.id)
      .Text("until", TimeJson(waiver.until))
      .Text("reason", waiver.reason)
      .TextIf("owner", waiver.owner);
  return object.Object();
}

std::string FindingJson(const Finding& f) {
  JsonLine object;
  object.Text("id", f.id).Text("class", FindingClassName(f.what)).Text("action", ActionName(f.action));
  object.Text("name", f.name)
      .TextIf("via", f.via)
      .Text("rule", f.rule)
      .TextIf("reason", f.reason)
      .TextIf("owner", f.owner);
  object.Text("cmd", f.command).TextIf("script", f.place).Texts("ancestry", f.ancestry);
  object.Number("count", static_cast<int64_t>(f.count));
  if (f.last != absl::InfinitePast()) object.Text("first", TimeJson(f.first)).Text("last", TimeJson(f.last));
  object.Flag("waived", f.waived);
  if (f.waiver.has_value()) object.Raw("waiver", WaiverJson(*f.waiver));
  return object.Object();
}

std::string DomainsJson(const Summary& summary) {
  std::vector<std::string> domains;
  for (const auto& [name, use] : summary.domains) {
    JsonLine object;
    object.Text("name", name)
        .Text("action", ActionName(use.worst))
        .Number("count", static_cast<int64_t>(use.count));
    object.TextIf("reason", use.reason);
    if (summary.has_baseline) object.Flag("new", use.is_new);
    domains.push_back(object.Object());
  }
  return List(domains);
}

template <typename Use>
std::string UsesJson(const std::map<std::string, Use>& uses, const char* key) {
  std::vector<std::string> objects;
  for (const auto& [name, use] : uses) {
    JsonLine object;
    object.Text(key, name)
        .Text("action", ActionName(use.worst))
        .Number("count", static_cast<int64_t>(use.count));
    objects.push_back(object.Object());
  }
  return List(objects);
}

std::string GateJson(const Summary& summary) {
  JsonLine object;
  object.Number("blocked_domains", static_cast<int64_t>(summary.blocked_domains()));
  object.Number("would_block_domains", static_cast<int64_t>(summary.would_block_domains()));
  if (summary.has_baseline) object.Number("new_domains", static_cast<int64_t>(summary.new_domains()));
  object.Number("unattributed", static_cast<int64_t>(summary.unattributed));
  object.Flag("audit_complete", summary.facts.complete);
  return object.Object();
}

}  // namespace

std::string RenderJson(const Summary& summary) {
  const RunInfo& run = summary.run;
  const RunFacts& facts = summary.facts;
  std::vector<std::string> findings, unused;
  for (const Finding& finding : summary.findings) findings.push_back(FindingJson(finding));
  for (const Waiver& waiver : summary.unused_waivers) unused.push_back(WaiverJson(waiver));
  JsonLine object;
  object.Number("v", kSummaryVersion).Text("run_id", run.run_id).Text("host", run.host);
  object.TextIf("deploy_id", run.deploy_id).TextIf("step", run.step).Text("policy", run.policy);
  object.Text("mode", ModeName(run.mode)).Text("method", run.method);
  object.Text("started", TimeJson(facts.started))
      .Text("ended", TimeJson(facts.ended))
      .Number("exit_code", facts.exit_code);
  object.Raw("gate", GateJson(summary)).Raw("findings", List(findings)).Raw("unused_waivers", List(unused));
  object.Raw("domains", DomainsJson(summary)).Raw("raw_addresses", UsesJson(summary.raw_addresses, "to"));
  object.Raw("delegates", UsesJson(summary.delegates, "to")).Raw("warnings", CountsJson(summary.warnings));
  object.Texts("strays", summary.strays)
      .Raw("peaks", CountsJson(facts.peaks))
      .Raw("lost", CountsJson(facts.lost));
  object.Texts("health", facts.health).Number("not_listed", static_cast<int64_t>(summary.not_listed));
  return object.Object() + "\n";
}

}  // namespace haldane::guard
