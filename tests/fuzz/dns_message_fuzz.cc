// libFuzzer target: any bytes are read as a DNS message or refused, never a
// crash; what is read agrees with ldns, and the answers we make of it are
// messages themselves.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "guard/dns/answer.h"
#include "guard/dns/message.h"
#include "guard/dns/name.h"
#include "guard/dns/reply.h"
#include "guard/dns/tcp_frames.h"
#include "tests/guard/ldns_oracle.h"

namespace {

using haldane::guard::DnsCode;
using haldane::guard::ParseDnsMessage;

void Require(bool held, const char* what) {
  if (held) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void CheckNames(const haldane::guard::DnsMessage& message) {
  for (const auto& question : message.questions) {
    Require(haldane::guard::WireName(question.name).has_value(), "a name that was read is no name");
  }
  for (const auto& record : message.records) {
    Require(haldane::guard::WireName(record.owner).has_value(), "an owner that was read is no name");
  }
}

void CheckReplies(absl::string_view wire, const haldane::guard::DnsMessage& message) {
  Require(ParseDnsMessage(MakeErrorReply(wire, &message, DnsCode::kServFail)).ok(), "bad error reply");
  Require(ParseDnsMessage(MakeTruncatedReply(wire, message)).ok(), "bad truncated reply");
  if (message.questions.size() != 1) return;
  const auto block = ParseDnsMessage(MakeBlockReply(wire, message, {DnsCode::kNxDomain, "reason"}));
  Require(block.ok() && block->header.code == 3, "bad block reply");
  Require(block->questions[0].name == message.questions[0].name, "block reply to another question");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view wire(reinterpret_cast<const char*>(data), size);
  if (size >= haldane::guard::kDnsHeaderBytes) {
    Require(ParseDnsMessage(MakeErrorReply(wire, nullptr, DnsCode::kFormErr)).ok(), "bad reply to nonsense");
  }
  const auto message = ParseDnsMessage(wire);
  if (message.ok()) {
    CheckNames(*message);
    CheckReplies(wire, *message);
    const std::string difference = haldane::guard::DifferenceFromLdns(wire);
    Require(difference.empty(), difference.c_str());
  }
  haldane::guard::TcpFrames frames;
  frames.Append(wire);
  while (frames.Next().has_value()) {
  }
  return 0;
}
