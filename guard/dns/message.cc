#include "guard/dns/message.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "guard/dns/name.h"

namespace haldane::guard {
namespace {

constexpr size_t kQuestionTail = 4;  // type and class
constexpr size_t kRecordTail = 10;   // type, class, TTL and length of data
constexpr uint16_t kSmallestUdp = 512;

absl::Status Malformed(absl::string_view what, size_t offset) {
  return absl::InvalidArgumentError(absl::StrCat("malformed DNS message: ", what, " at byte ", offset));
}

absl::StatusOr<DnsQuestion> ReadQuestion(absl::string_view wire, size_t* offset) {
  const size_t start = *offset;
  std::optional<std::string> name = ReadName(wire, offset);
  if (!name.has_value()) return Malformed("bad name of a question", start);
  if (*offset + kQuestionTail > wire.size()) return Malformed("a question ends too early", start);
  const DnsQuestion question = {*std::move(name), ReadU16(wire, *offset), ReadU16(wire, *offset + 2)};
  *offset += kQuestionTail;
  return question;
}

// Sizes that readers of the data rely on, of any class.
bool FitsType(const DnsRecord& record) {
  switch (static_cast<DnsType>(record.type)) {
    case DnsType::kA:
      return record.data_size == 4;
    case DnsType::kAaaa:
      return record.data_size == 16;
    default:
      return true;
  }
}

absl::StatusOr<DnsRecord> ReadRecord(absl::string_view wire, DnsRecord::Section section, size_t* offset) {
  const size_t start = *offset;
  std::optional<std::string> owner = ReadName(wire, offset);
  if (!owner.has_value()) return Malformed("bad name of a record", start);
  if (*offset + kRecordTail > wire.size()) return Malformed("a record ends too early", start);
  DnsRecord record;
  record.section = section;
  record.owner = *std::move(owner);
  record.type = ReadU16(wire, *offset);
  record.klass = ReadU16(wire, *offset + 2);
  record.ttl = ReadU32(wire, *offset + 4);
  record.data_size = ReadU16(wire, *offset + 8);
  record.data_offset = *offset + kRecordTail;
  *offset = record.data_offset + record.data_size;
  if (*offset > wire.size()) return Malformed("a record's data ends too early", start);
  if (!FitsType(record)) return Malformed("an address of impossible size", start);
  return record;
}

// The class of OPT is a size and its TTL holds version and flags.
absl::Status TakeOpt(const DnsRecord& record, DnsMessage* message) {
  if (record.section != DnsRecord::Section::kAdditional || record.owner != "." || message->edns.has_value()) {
    return Malformed("OPT out of its place", record.data_offset);
  }
  Edns edns;
  edns.udp_size = std::max(record.klass, kSmallestUdp);
  edns.version = static_cast<uint8_t>(record.ttl >> 16);
  edns.dnssec_ok = (record.ttl & 0x8000u) != 0;
  message->edns = edns;
  return absl::OkStatus();
}

}  // namespace

uint16_t ReadU16(absl::string_view wire, size_t offset) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(wire[offset + i]); };
  return static_cast<uint16_t>(byte(0) << 8 | byte(1));
}

uint32_t ReadU32(absl::string_view wire, size_t offset) {
  return static_cast<uint32_t>(ReadU16(wire, offset)) << 16 | ReadU16(wire, offset + 2);
}

void AppendU16(uint16_t value, std::string* wire) {
  wire->push_back(static_cast<char>(value >> 8));
  wire->push_back(static_cast<char>(value & 0xff));
}

void AppendU32(uint32_t value, std::string* wire) {
  AppendU16(static_cast<uint16_t>(value >> 16), wire);
  AppendU16(static_cast<uint16_t>(value & 0xffff), wire);
}

std::optional<DnsHeader> ParseDnsHeader(absl::string_view wire) {
  if (wire.size() < kDnsHeaderBytes) return std::nullopt;
  const uint16_t flags = ReadU16(wire, 2);
  DnsHeader header;
  header.id = ReadU16(wire, 0);
  header.response = (flags & 0x8000u) != 0;
  header.opcode = static_cast<uint8_t>(flags >> 11 & 0xf);
  header.authoritative = (flags & 0x0400u) != 0;
  header.truncated = (flags & 0x0200u) != 0;
  header.recursion_desired = (flags & 0x0100u) != 0;
  header.recursion_available = (flags & 0x0080u) != 0;
  header.authentic_data = (flags & 0x0020u) != 0;
  header.checking_disabled = (flags & 0x0010u) != 0;
  header.code = static_cast<uint8_t>(flags & 0xf);
  header.questions = ReadU16(wire, 4);
  header.answers = ReadU16(wire, 6);
  header.authorities = ReadU16(wire, 8);
  header.additionals = ReadU16(wire, 10);
  return header;
}

absl::StatusOr<DnsMessage> ParseDnsMessage(absl::string_view wire) {
  if (wire.size() > kMaxDnsMessage) return Malformed("more than 65535 bytes", kMaxDnsMessage);
  const std::optional<DnsHeader> header = ParseDnsHeader(wire);
  if (!header.has_value()) return Malformed("no whole header", wire.size());
  DnsMessage message;
  message.header = *header;
  size_t offset = kDnsHeaderBytes;
  for (int i = 0; i < header->questions; ++i) {
    ASSIGN_OR_RETURN(DnsQuestion question, ReadQuestion(wire, &offset));
    message.questions.push_back(std::move(question));
  }
  message.questions_end = offset;
  const std::pair<DnsRecord::Section, int> sections[] = {
      {DnsRecord::Section::kAnswer, header->answers},
      {DnsRecord::Section::kAuthority, header->authorities},
      {DnsRecord::Section::kAdditional, header->additionals},
  };
  for (const auto& [section, count] : sections) {
    for (int i = 0; i < count; ++i) {
      ASSIGN_OR_RETURN(DnsRecord record, ReadRecord(wire, section, &offset));
      if (record.type == static_cast<uint16_t>(DnsType::kOpt)) RETURN_IF_ERROR(TakeOpt(record, &message));
      message.records.push_back(std::move(record));
    }
  }
  message.end = offset;
  return message;
}

std::string DnsTypeName(uint16_t type) {
  static constexpr std::pair<uint16_t, absl::string_view> kNames[] = {
      {1, "A"},      {2, "NS"},     {5, "CNAME"},  {6, "SOA"},     {12, "PTR"},   {15, "MX"},
      {16, "TXT"},   {28, "AAAA"},  {33, "SRV"},   {35, "NAPTR"},  {39, "DNAME"}, {41, "OPT"},
      {43, "DS"},    {46, "RRSIG"}, {47, "NSEC"},  {48, "DNSKEY"}, {52, "TLSA"},  {64, "SVCB"},
      {65, "HTTPS"}, {251, "IXFR"}, {252, "AXFR"}, {255, "ANY"},   {257, "CAA"},
  };
  for (const auto& [number, name] : kNames) {
    if (number == type) return std::string(name);
  }
  return absl::StrCat("TYPE", type);
}

std::string DnsCodeName(uint8_t code) {
  static constexpr absl::string_view kNames[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                                 "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                                 "NXRRSET", "NOTAUTH", "NOTZONE"};
  if (code < sizeof(kNames) / sizeof(kNames[0])) return std::string(kNames[code]);
  return absl::StrCat("RCODE", code);
}

}  // namespace haldane::guard
