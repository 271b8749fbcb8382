#include "agent/drops.h"

#include <algorithm>

namespace haldane::agent {

void Drops::Add(absl::string_view site, uint64_t count) { own_[std::string(site)] += count; }

void Drops::SetKernel(const std::vector<Drop>& drops) {
  for (const Drop& drop : drops) {
    uint64_t& total = kernel_[drop.site];
    total = std::max(total, drop.count);
  }
}

std::map<std::string, uint64_t> Drops::Totals() const {
  std::map<std::string, uint64_t> totals = kernel_;
  for (const auto& [site, count] : own_) totals[site] += count;
  return totals;
}

void Drops::AppendTo(haldane::v1::Report* report) const {
  for (const auto& [site, count] : Totals()) {
    haldane::v1::DropCounter* drop = report->add_drops();
    drop->set_site(site);
    drop->set_count(count);
  }
}

}  // namespace haldane::agent
