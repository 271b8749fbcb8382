#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "guard/address/ip.h"
#include "guard/dns/message.h"

namespace haldane::guard {

// An address that a client may connect to because of an answer.
struct AnsweredAddress {
  IpAddress address;
  uint32_t ttl = 0;  // seconds, at most 2^31 - 1
};

// What an answer leads to.
struct AnswerFacts {
  // Every name that the answer section leads through, in its order and each
  // once: owners of all records, targets of CNAME, DNAME, SVCB and HTTPS. The
  // question's name is one of them where it owns a record.
  std::vector<std::string> links;
  // A, AAAA and the hints of SVCB and HTTPS in the answer section, and A and
  // AAAA that the additional section gives for a link.
  std::vector<AnsweredAddress> addresses;
  // The answer section for people: "192.0.2.1", "cname cdn.example". At most 32.
  std::vector<std::string> shown;
};

// Reads the records of `message`, which was parsed from `wire`.
// INVALID_ARGUMENT when the data of one that matters is malformed: an answer
// whose meaning is open to interpretation is not passed on.
absl::StatusOr<AnswerFacts> ReadAnswer(absl::string_view wire, const DnsMessage& message);

}  // namespace haldane::guard
