#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// DNS messages as they are on the wire (RFC 1035, 6891). Pure.
namespace haldane::guard {

inline constexpr size_t kDnsHeaderBytes = 12;
inline constexpr size_t kMaxDnsMessage = 65535;

enum class DnsType : uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kDname = 39,
  kOpt = 41,
  kSvcb = 64,
  kHttps = 65,
  kIxfr = 251,
  kAxfr = 252,
  kAny = 255,
};

enum class DnsCode : uint8_t {
  kNoError = 0,
  kFormErr = 1,
  kServFail = 2,
  kNxDomain = 3,
  kNotImp = 4,
  kRefused = 5,
};

struct DnsHeader {
  uint16_t id = 0;
  bool response = false;
  uint8_t opcode = 0;
  bool authoritative = false;
  bool truncated = false;
  bool recursion_desired = false;
  bool recursion_available = false;
  bool authentic_data = false;
  bool checking_disabled = false;
  uint8_t code = 0;  // of the header alone; OPT may extend it
  uint16_t questions = 0, answers = 0, authorities = 0, additionals = 0;
};

struct DnsQuestion {
  std::string name;  // normalised
  uint16_t type = 0;
  uint16_t klass = 0;
};

struct DnsRecord {
  enum class Section { kAnswer, kAuthority, kAdditional };
  Section section = Section::kAnswer;
  std::string owner;  // normalised
  uint16_t type = 0;
  uint16_t klass = 0;
  uint32_t ttl = 0;  // seconds; as on the wire
  // The data lies at [data_offset, data_offset + data_size) of the message.
  size_t data_offset = 0;
  size_t data_size = 0;
};

// What an OPT record says.
struct Edns {
  uint16_t udp_size = 512;  // what the sender can receive, at least 512
  uint8_t version = 0;
  bool dnssec_ok = false;
};

struct DnsMessage {
  DnsHeader header;
  std::vector<DnsQuestion> questions;
  std::vector<DnsRecord> records;
  std::optional<Edns> edns;
  size_t questions_end = 0;  // offset of the byte behind the last question
  size_t end = 0;            // offset of the byte behind the last record
};

// The header alone; nothing when `wire` is shorter.
std::optional<DnsHeader> ParseDnsHeader(absl::string_view wire);

// The whole message. INVALID_ARGUMENT when any name, count or length leaves it,
// a record of address or OPT has an impossible size, or OPT is there twice.
// Bytes behind `end` are the caller's to judge. The text may be hostile: work
// and memory are bounded by a small multiple of its size.
absl::StatusOr<DnsMessage> ParseDnsMessage(absl::string_view wire);

// "A", "HTTPS", or "TYPE1234" (RFC 3597).
std::string DnsTypeName(uint16_t type);
// "NOERROR", "NXDOMAIN", or "RCODE12".
std::string DnsCodeName(uint8_t code);

// Big-endian numbers at an offset that the caller has checked.
uint16_t ReadU16(absl::string_view wire, size_t offset);
uint32_t ReadU32(absl::string_view wire, size_t offset);
void AppendU16(uint16_t value, std::string* wire);
void AppendU32(uint32_t value, std::string* wire);

}  // namespace haldane::guard
