#include "guard/policy/doh_names.h"

#include "absl/container/flat_hash_set.h"
#include "guard/dns/name.h"

namespace haldane::guard {
namespace {

// Each with all names below it.
const absl::flat_hash_set<absl::string_view>& DohSuffixes() {
  static const auto* const kSuffixes = new absl::flat_hash_set<absl::string_view>{
      "use-application-dns.net",  // NXDOMAIN tells Firefox to leave DNS alone
      "dns.google",
      "dns64.dns.google",
      "dns.google.com",
      "cloudflare-dns.com",
      "one.one.one.one",
      "1dot1dot1dot1.cloudflare-dns.com",
      "cloudflare-gateway.com",
      "dns.quad9.net",
      "dns9.quad9.net",
      "dns10.quad9.net",
      "dns11.quad9.net",
      "doh.opendns.com",
      "doh.familyshield.opendns.com",
      "doh.umbrella.com",
      "dns.umbrella.com",
      "dns.nextdns.io",
      "dns.adguard.com",
      "dns.adguard-dns.com",
      "doh.cleanbrowsing.org",
      "dns.controld.com",
      "freedns.controld.com",
      "doh.mullvad.net",
      "dns.mullvad.net",
      "doh.dns.sb",
      "dns.sb",
      "doh.libredns.gr",
      "doh.applied-privacy.net",
      "dns.digitale-gesellschaft.ch",
      "dns.switch.ch",
      "doh.xfinity.com",
      "dns.alidns.com",
      "doh.pub",
      "dns.pub",
      "doh.360.cn",
      "dns.twnic.tw",
      "public.dns.iij.jp",
      "doh.dns4.eu",
      "joindns4.eu",
      "mozilla.cloudflare-dns.com",
      "doh.apple.com",
      "dns.apple.com",
      "odoh.cloudflare-dns.com",
  };
  return *kSuffixes;
}

}  // namespace

bool IsDohName(absl::string_view name) {
  for (; !name.empty() && name != "."; name = ParentOf(name)) {
    if (DohSuffixes().contains(name)) return true;
  }
  return false;
}

}  // namespace haldane::guard
