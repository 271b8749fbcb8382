#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "guard/dns/message.h"

// Answers that we give ourselves. Everything else is the upstream's, byte by
// byte.
namespace haldane::guard {

// The answer to a blocked question. `query` must have exactly one question and
// `wire` is what it was parsed from.
struct BlockReply {
  DnsCode code = DnsCode::kNxDomain;  // kNxDomain, kNoError (no data) or kRefused
  // Shown by tools to people, as extended error 15 when the client speaks EDNS.
  std::string text;
};
std::string MakeBlockReply(absl::string_view wire, const DnsMessage& query, const BlockReply& block);

// An answer that is nothing but a code, with the question where there is one.
// `query` may be null when the message could not be parsed; then only the
// header of `wire` (at least kDnsHeaderBytes) is used.
std::string MakeErrorReply(absl::string_view wire, const DnsMessage* query, DnsCode code);

// `answer` reduced to its question, code and OPT, with the mark that it is
// truncated: what a client gets over UDP when the answer is longer than it can
// receive.
std::string MakeTruncatedReply(absl::string_view answer, const DnsMessage& parsed);

// What a client can receive over UDP.
size_t UdpLimit(const DnsMessage& query);

}  // namespace haldane::guard
