
#include <algorithm>
#include <iterator>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "guard/dns/answer.h"
#include "guard/dns/message.h"
#include "guard/dns/name.h"
#include "tests/guard/ldns_oracle.h"

// Last: it makes macros of words of the language.
#include <ldns/ldns.h>

namespace haldane::guard {
namespace {

constexpr uint16_t kTypesWeReadInto[] = {1, 2, 5, 6, 12, 15, 28, 33, 39, 41};

// ldns keeps names as uncompressed wire, which needs no parser of ours but the
// simplest part of it.
std::string NameOf(const ldns_rdf* name) {
  size_t offset = 0;
  const absl::string_view wire(reinterpret_cast<const char*>(ldns_rdf_data(name)), ldns_rdf_size(name));
  return ReadPlainName(wire, &offset).value_or("?");
}

void AddSection(const ldns_rr_list* list, int section, OracleView* view) {
  for (size_t i = 0; i < ldns_rr_list_rr_count(list); ++i) {
    const ldns_rr* rr = ldns_rr_list_rr(list, i);
    const int type = ldns_rr_get_type(rr);
    const int klass = ldns_rr_get_class(rr);
    view->records.push_back(
        absl::StrCat(section, " ", NameOf(ldns_rr_owner(rr)), " ", type, " ", ldns_rr_ttl(rr)));
    if (section != 0 || klass != 1 || ldns_rr_rd_count(rr) == 0) continue;
    const ldns_rdf* data = ldns_rr_rdf(rr, 0);
    const auto* bytes = ldns_rdf_data(data);
    if (type == LDNS_RR_TYPE_A) view->addresses.push_back(IpAddress::V4(bytes).ToString());
    if (type == LDNS_RR_TYPE_AAAA) view->addresses.push_back(IpAddress::V6(bytes).ToString());
    if (type == LDNS_RR_TYPE_CNAME || type == LDNS_RR_TYPE_DNAME) view->aliases.push_back(NameOf(data));
  }
}

OracleView OurView(absl::string_view wire, const DnsMessage& message, const AnswerFacts& facts) {
  OracleView view;
  view.parsed = true;
  for (const DnsQuestion& q : message.questions)
    view.questions.push_back(absl::StrCat(q.name, " ", q.type, " ", q.klass));
  size_t address = 0;
  for (const DnsRecord& r : message.records) {
    const bool is_opt = r.type == static_cast<uint16_t>(DnsType::kOpt);
    if (!is_opt)
      view.records.push_back(
          absl::StrCat(static_cast<int>(r.section), " ", r.owner, " ", r.type, " ", r.ttl));
    if (r.section != DnsRecord::Section::kAnswer || r.klass != 1) continue;
    // Hints of SVCB and HTTPS are beyond the oracle.
    if (r.type == 1 || r.type == 28) {
      const auto* bytes = reinterpret_cast<const uint8_t*>(wire.data() + r.data_offset);
      view.addresses.push_back((r.type == 1 ? IpAddress::V4(bytes) : IpAddress::V6(bytes)).ToString());
      ++address;
    }
    if (r.type == 5 || r.type == 39) {
      size_t offset = r.data_offset;
      view.aliases.push_back(ReadName(wire, &offset).value_or("?"));
    }
  }
  if (facts.addresses.size() < address) view.addresses.push_back("fewer facts than records");
  return view;
}

std::string Compare(absl::string_view what, const std::vector<std::string>& ours,
                    const std::vector<std::string>& theirs) {
  if (ours == theirs) return "";
  return absl::StrCat(what, ": ours [", absl::StrJoin(ours, ", "), "], ldns' [", absl::StrJoin(theirs, ", "),
                      "]\n");
}

}  // namespace

OracleView AskLdns(absl::string_view wire) {
  OracleView view;
  ldns_pkt* packet = nullptr;
  const auto* bytes = reinterpret_cast<const uint8_t*>(wire.data());
  if (ldns_wire2pkt(&packet, bytes, wire.size()) != LDNS_STATUS_OK) return view;
  view.parsed = true;
  const ldns_rr_list* questions = ldns_pkt_question(packet);
  for (size_t i = 0; i < ldns_rr_list_rr_count(questions); ++i) {
    const ldns_rr* q = ldns_rr_list_rr(questions, i);
    view.questions.push_back(absl::StrCat(NameOf(ldns_rr_owner(q)), " ",
                                          static_cast<int>(ldns_rr_get_type(q)), " ",
                                          static_cast<int>(ldns_rr_get_class(q))));
  }
  AddSection(ldns_pkt_answer(packet), 0, &view);
  AddSection(ldns_pkt_authority(packet), 1, &view);
  AddSection(ldns_pkt_additional(packet), 2, &view);
  ldns_pkt_free(packet);
  return view;
}

std::string DifferenceFromLdns(absl::string_view wire) {
  const auto message = ParseDnsMessage(wire);
  if (!message.ok()) return "";
  const auto facts = ReadAnswer(wire, *message);
  if (!facts.ok()) return "";
  const OracleView theirs = AskLdns(wire);
  // What ldns refuses beyond the skeleton is data of types that mean nothing to
  // us (a TXT whose strings do not add up): the client's own parser decides.
  if (!theirs.parsed) return "";
  // It finds the end of a record by what is in it, not by its length. Where we
  // do not look into the data, the two need not agree.
  for (const DnsRecord& r : message->records) {
    if (std::find(std::begin(kTypesWeReadInto), std::end(kTypesWeReadInto), r.type) ==
        std::end(kTypesWeReadInto)) {
      return "";
    }
  }
  const OracleView ours = OurView(wire, *message, *facts);
  return absl::StrCat(Compare("questions", ours.questions, theirs.questions),
                      Compare("records", ours.records, theirs.records),
                      Compare("addresses", ours.addresses, theirs.addresses),
                      Compare("aliases", ours.aliases, theirs.aliases));
}

}  // namespace haldane::guard
