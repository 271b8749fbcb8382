#include "controller/fleet/fleet.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/fleet/quota.h"

namespace haldane::controller {
namespace {

constexpr size_t kMaxHosts = 20000;
constexpr absl::Duration kForgetAfter = absl::Hours(1);
constexpr absl::Duration kStaleAfter = absl::Seconds(10);

// Each once.
std::vector<absl::string_view> ServicesIn(const v1::Report& report) {
  std::vector<absl::string_view> services;
  for (const v1::ProcessSample& sample : report.processes()) {
    const absl::string_view service = ServiceOf(sample);
    if (!service.empty() && (services.empty() || services.back() != service)) services.push_back(service);
  }
  std::sort(services.begin(), services.end());
  services.erase(std::unique(services.begin(), services.end()), services.end());
  return services;
}

// Twenty thousand hosts may each have said much.
v1::Compatibility CutShort(v1::Compatibility compatibility) {
  constexpr size_t kEnough = 300;
  for (v1::Compatibility::Missing& missing : *compatibility.mutable_missing()) {
    for (std::string* text :
         {missing.mutable_capability(), missing.mutable_reason(), missing.mutable_remedy()}) {
      if (text->size() <= kEnough) continue;
      size_t size = kEnough;
      while (size > 0 && (static_cast<unsigned char>((*text)[size]) & 0xc0) == 0x80)
        --size;  // whole characters
      text->resize(size);
    }
  }
  return compatibility;
}

}  // namespace

absl::Status Fleet::Greet(const std::string& host, const v1::Hello& hello, absl::Duration now) {
  if (hosts_.size() >= kMaxHosts && hosts_.find(host) == hosts_.end()) {
    return absl::ResourceExhaustedError(
        absl::StrCat("more than ", kMaxHosts, " hosts report to this controller"));
  }
  Host& record = hosts_[host];
  const v1::Compatibility::Profile profile = hello.compatibility().profile();
  record.profile =
      v1::Compatibility::Profile_IsValid(profile) ? profile : v1::Compatibility::PROFILE_UNSPECIFIED;
  record.compatibility = CutShort(hello.compatibility());
  record.agent_version = hello.agent_version();
  record.last_report = now;
  if (record.epoch.number() != hello.epoch()) {
    record.previous_epoch = std::exchange(record.epoch, AgentEpoch(hello.epoch()));
  }
  return absl::OkStatus();
}

absl::StatusOr<HostStanding> Fleet::Take(const std::string& host, const v1::Report& report,
                                         absl::Duration now) {
  const auto found = hosts_.find(host);
  if (found == hosts_.end()) {
    return absl::FailedPreconditionError(
        absl::StrCat("host ", host, " was silent for an hour and is forgotten; open a new stream"));
  }
  Host& record = found->second;
  RETURN_IF_ERROR(CheckReport(report));
  RETURN_IF_ERROR(record.epoch.Check(report));
  const std::vector<absl::string_view> services = ServicesIn(report);
  size_t known = record.services.size();
  for (const absl::string_view service : services) known += record.services.count(service) == 0;
  if (known > kMaxServices) {
    return absl::InvalidArgumentError(
        absl::StrCat("number of services of the host is ", known, ", at most ", kMaxServices, " is allowed"));
  }

  ++change_;
  const bool was_stale = now - record.last_report > kStaleAfter;
  record.epoch.Apply(report, change_);
  if (was_stale) record.epoch.Touch(change_);
  record.last_report = now;
  for (const absl::string_view service : services) Note(host, record, service, now);
  return HostStanding{.last_exit = record.epoch.last_exit(), .services = record.services_number};
}

void Fleet::Note(const std::string& host, Host& record, absl::string_view service, absl::Duration now) {
  if (const auto known = record.services.find(service); known != record.services.end()) {
    known->second = now;
    return;
  }
  record.services.emplace(service, now);
  record.services_number = ++services_number_;
  by_service_[std::string(service)][host] = &record;
}

void Fleet::Unlist(const std::string& host, const std::string& service) {
  const auto hosts = by_service_.find(service);
  hosts->second.erase(host);
  if (hosts->second.empty()) by_service_.erase(hosts);
}

FleetChanges Fleet::TickFor(absl::string_view service, ChangeNumber cursor, absl::Duration now) const {
  FleetChanges changes;
  changes.cursor = change_;
  const auto hosts = by_service_.find(service);
  if (hosts == by_service_.end()) return changes;
  for (const auto& [name, host] : hosts->second) {
    if (cursor == 0 && now - host->last_report > kStaleAfter) continue;
    v1::HostReport report;
    report.set_host(name);
    if (host->previous_epoch && host->previous_epoch->Fill(service, cursor, &report)) {
      *changes.tick.add_hosts() = std::exchange(report, v1::HostReport());
      report.set_host(name);
    }
    if (host->epoch.Fill(service, cursor, &report)) *changes.tick.add_hosts() = std::move(report);
  }
  return changes;
}

ChangeNumber Fleet::Visit(
    absl::string_view service, ChangeNumber cursor,
    absl::FunctionRef<void(const std::string&, const AgentEpoch&, const v1::ProcessSample&)> visit) const {
  const auto hosts = by_service_.find(service);
  if (hosts == by_service_.end()) return change_;
  for (const auto& [name, host] : hosts->second) {
    const auto visit_epoch = [&, &name = name](const AgentEpoch& epoch) {
      epoch.Visit(service, cursor, [&](const v1::ProcessSample& sample) { visit(name, epoch, sample); });
    };
    if (host->previous_epoch) visit_epoch(*host->previous_epoch);
    visit_epoch(host->epoch);
  }
  return change_;
}

std::vector<std::string> Fleet::ServicesOf(const std::string& host) const {
  std::vector<std::string> services;
  const auto record = hosts_.find(host);
  if (record == hosts_.end()) return services;
  for (const auto& [service, last] : record->second.services) services.push_back(service);
  return services;
}

void Fleet::Forget(ChangeNumber consumed, absl::Duration now) {
  for (auto it = hosts_.begin(); it != hosts_.end();) {
    Host& host = it->second;
    if (now - host.last_report > kForgetAfter) {
      for (const auto& [service, last] : host.services) Unlist(it->first, service);
      it = hosts_.erase(it);
      continue;
    }
    host.epoch.ForgetExited(consumed);
    if (host.previous_epoch && host.previous_epoch->last_change() <= consumed) host.previous_epoch.reset();
    for (auto service = host.services.begin(); service != host.services.end();) {
      const auto& [name, last] = *service;
      if (now - last <= kForgetAfter || host.epoch.Knows(name) ||
          (host.previous_epoch && host.previous_epoch->Knows(name))) {
        ++service;
        continue;
      }
      Unlist(it->first, name);
      host.services_number = ++services_number_;
      service = host.services.erase(service);
    }
    ++it;
  }
}

v1::FleetHost Fleet::Describe(const std::string& name, const Host& host, absl::Duration now) {
  v1::FleetHost described;
  described.set_host(name);
  described.set_agent_version(host.agent_version);
  *described.mutable_compatibility() = host.compatibility;
  described.set_silent_seconds(absl::ToDoubleSeconds(now - host.last_report));
  for (const auto& [service, last] : host.services) described.add_services(service);
  host.epoch.Describe(&described);
  return described;
}

std::vector<v1::FleetHost> Fleet::Describe(absl::string_view service, absl::Duration now) const {
  std::vector<v1::FleetHost> described;
  for (const auto& [name, host] : hosts_) {
    const bool wanted = service.empty() || host.services.count(std::string(service)) > 0;
    if (wanted) described.push_back(Describe(name, host, now));
  }
  return described;
}

std::optional<v1::FleetHost> Fleet::DescribeHost(const std::string& host, absl::Duration now) const {
  const auto found = hosts_.find(host);
  if (found == hosts_.end()) return std::nullopt;
  return Describe(host, found->second, now);
}

std::map<v1::Compatibility::Profile, size_t> Fleet::Profiles() const {
  std::map<v1::Compatibility::Profile, size_t> profiles;
  for (const auto& [name, host] : hosts_) ++profiles[host.profile];
  return profiles;
}

size_t Fleet::processes() const {
  size_t count = 0;
  for (const auto& [name, host] : hosts_) count += host.epoch.processes();
  return count;
}

}  // namespace haldane::controller
