#include "guard/dns/reply.h"

#include <algorithm>

#include "guard/dns/name.h"

namespace haldane::guard {
namespace {

constexpr uint16_t kQuestionName = 0xc000 | kDnsHeaderBytes;  // a pointer to the first question
constexpr uint16_t kInternetClass = 1;
constexpr uint32_t kBlockTtl = 1;  // seconds; a policy may change
constexpr uint16_t kOurUdpSize = 1232;
constexpr uint16_t kExtendedError = 15;  // EDNS option (RFC 8914)
constexpr uint16_t kBlocked = 15;        // its code for "blocked by policy"
constexpr size_t kMaxErrorText = 200;
constexpr size_t kMostUdp = 65507;  // what a datagram of IPv4 can carry

// Header and question of an answer to the query in `wire`.
std::string BeginReply(absl::string_view wire, size_t questions_end, uint16_t questions, DnsCode code) {
  std::string reply(wire.substr(0, std::max(questions_end, kDnsHeaderBytes)));
  const uint8_t kept = static_cast<uint8_t>(wire[2]) & 0x79;  // opcode and "recursion desired"
  reply[2] = static_cast<char>(0x80 | kept);
  // Recursion is available; "checking disabled" is copied.
  reply[3] = static_cast<char>(0x80 | (static_cast<uint8_t>(wire[3]) & 0x10) | static_cast<uint8_t>(code));
  reply[4] = 0;
  reply[5] = static_cast<char>(questions);
  std::fill(reply.begin() + 6, reply.begin() + kDnsHeaderBytes, '\0');
  return reply;
}

// So that resolvers cache the answer as long as we want, and no longer.
void AppendSoa(std::string* reply) {
  AppendU16(kQuestionName, reply);
  AppendU16(static_cast<uint16_t>(DnsType::kSoa), reply);
  AppendU16(kInternetClass, reply);
  AppendU32(kBlockTtl, reply);
  const std::string server = *WireName("guard.haldane.invalid");
  std::string data = server + server;
  for (const uint32_t number : {1u, 1u, 1u, 1u, kBlockTtl}) AppendU32(number, &data);
  AppendU16(static_cast<uint16_t>(data.size()), reply);
  *reply += data;
  (*reply)[9] = 1;  // authority records
}

void AppendOpt(const Edns& edns, absl::string_view error_text, std::string* reply) {
  std::string options;
  if (!error_text.empty()) {
    error_text = error_text.substr(0, kMaxErrorText);
    AppendU16(kExtendedError, &options);
    AppendU16(static_cast<uint16_t>(2 + error_text.size()), &options);
    AppendU16(kBlocked, &options);
    options.append(error_text.data(), error_text.size());
  }
  reply->push_back('\0');
  AppendU16(static_cast<uint16_t>(DnsType::kOpt), reply);
  AppendU16(kOurUdpSize, reply);
  AppendU32(edns.dnssec_ok ? 0x8000u : 0, reply);
  AppendU16(static_cast<uint16_t>(options.size()), reply);
  *reply += options;
  (*reply)[11] = 1;  // additional records
}

}  // namespace

std::string MakeBlockReply(absl::string_view wire, const DnsMessage& query, const BlockReply& block) {
  std::string reply = BeginReply(wire, query.questions_end, 1, block.code);
  if (block.code != DnsCode::kRefused) AppendSoa(&reply);
  if (query.edns.has_value()) AppendOpt(*query.edns, block.text, &reply);
  return reply;
}

std::string MakeErrorReply(absl::string_view wire, const DnsMessage* query, DnsCode code) {
  const bool has_question = query != nullptr && query->questions.size() == 1;
  std::string reply =
      BeginReply(wire, has_question ? query->questions_end : kDnsHeaderBytes, has_question, code);
  if (query != nullptr && query->edns.has_value()) AppendOpt(*query->edns, "", &reply);
  return reply;
}

std::string MakeTruncatedReply(absl::string_view answer, const DnsMessage& parsed) {
  std::string reply(answer.substr(0, parsed.questions_end));
  reply[2] = static_cast<char>(static_cast<uint8_t>(reply[2]) | 0x02);
  std::fill(reply.begin() + 6, reply.begin() + kDnsHeaderBytes, '\0');
  if (parsed.edns.has_value()) AppendOpt(*parsed.edns, "", &reply);
  return reply;
}

size_t UdpLimit(const DnsMessage& query) {
  return std::min<size_t>(query.edns.has_value() ? query.edns->udp_size : 512, kMostUdp);
}

}  // namespace haldane::guard
