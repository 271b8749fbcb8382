// Our reading of messages against that of ldns: whatever both accept, both must
// understand alike, or a name could be judged that is not the one asked for.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "guard/dns/answer.h"
#include "guard/dns/message.h"
#include "tests/guard/dns_builder.h"
#include "tests/guard/ldns_oracle.h"

// Last: it makes macros of words of the language.
#include <ldns/ldns.h>

namespace haldane::guard {
namespace {

// Messages that ldns itself makes, with the compression real servers use.
std::vector<std::string> RealMessages() {
  const char* const kZones[][4] = {
      {"www.example.", "www.example. 60 IN CNAME edge.cdn.example.", "edge.cdn.example. 5 IN A 192.0.2.1",
       "edge.cdn.example. 5 IN AAAA 2001:db8::1"},
      {"Mixed.CASE.example.", "mixed.case.EXAMPLE. 60 IN A 192.0.2.2",
       "mixed.case.example. 60 IN TXT \"a b\" \"c\"", "mixed.case.example. 60 IN MX 10 mail.case.example."},
      {"a.b.shop.test.", "shop.test. 60 IN DNAME cdn.test.", "a.b.shop.test. 60 IN CNAME a.b.cdn.test.",
       "a.b.cdn.test. 60 IN A 192.0.2.3"},
      {"_sip._tcp.example.", "_sip._tcp.example. 60 IN SRV 1 2 5060 sip.example.",
       "_sip._tcp.example. 60 IN SRV 1 2 5061 sip.example.", "sip.example. 60 IN A 192.0.2.4"},
      {"odd\\.label.\\000x.example.", "odd\\.label.\\000x.example. 1 IN A 192.0.2.5",
       "odd\\.label.\\000x.example. 1 IN CNAME \\032.example.", "\\032.example. 1 IN NS ns.example."},
  };
  std::vector<std::string> messages;
  for (const auto& zone : kZones) {
    ldns_pkt* packet =
        ldns_pkt_query_new(ldns_dname_new_frm_str(zone[0]), LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, LDNS_RD);
    ldns_pkt_set_qr(packet, true);
    ldns_pkt_set_edns_udp_size(packet, 1232);
    for (int i = 1; i < 4; ++i) {
      ldns_rr* record = nullptr;
      EXPECT_EQ(ldns_rr_new_frm_str(&record, zone[i], 0, nullptr, nullptr), LDNS_STATUS_OK) << zone[i];
      ldns_pkt_push_rr(packet, i == 3 ? LDNS_SECTION_ADDITIONAL : LDNS_SECTION_ANSWER, record);
      if (i == 3) continue;
      ldns_pkt_push_rr(packet, LDNS_SECTION_AUTHORITY, ldns_rr_clone(record));
    }
    uint8_t* wire = nullptr;
    size_t size = 0;
    EXPECT_EQ(ldns_pkt2wire(&wire, packet, &size), LDNS_STATUS_OK);
    messages.emplace_back(reinterpret_cast<const char*>(wire), size);
    free(wire);
    ldns_pkt_free(packet);
  }
  return messages;
}

TEST(LdnsTest, RealMessagesAreUnderstoodAlike) {
  for (const std::string& wire : RealMessages()) {
    const auto message = ParseDnsMessage(wire);
    ASSERT_TRUE(message.ok()) << message.status();
    ASSERT_TRUE(ReadAnswer(wire, *message).ok());
    ASSERT_TRUE(AskLdns(wire).parsed);
    EXPECT_EQ(DifferenceFromLdns(wire), "") << absl::BytesToHexString(wire);
  }
}

TEST(LdnsTest, DamagedMessagesAreUnderstoodAlikeOrRefused) {
  std::mt19937 random(20260302);
  const std::vector<std::string> seeds = RealMessages();
  int both = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string wire = seeds[random() % seeds.size()];
    for (int damage = 1 + static_cast<int>(random() % 4); damage > 0; --damage) {
      const size_t at = random() % wire.size();
      switch (random() % 4) {
        case 0:
          wire[at] = static_cast<char>(random());
          break;
        case 1:
          wire[at] = static_cast<char>(0xc0);
          break;
        case 2:
          wire.erase(at, 1 + random() % 3);
          break;
        default:
          wire.insert(at, 1, static_cast<char>(random() % 64));
      }
      if (wire.empty()) wire = "x";
    }
    const std::string difference = DifferenceFromLdns(wire);
    ASSERT_EQ(difference, "") << absl::BytesToHexString(wire);
    const auto message = ParseDnsMessage(wire);
    both += message.ok() && AskLdns(wire).parsed;
  }
  EXPECT_GT(both, 2000) << "most of the damage must leave something to compare";
}

}  // namespace
}  // namespace haldane::guard
