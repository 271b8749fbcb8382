#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "guard/attribution/asker.h"
#include "guard/dns/answer.h"
#include "guard/dns/message.h"
#include "guard/egress_table.h"
#include "guard/policy/policy.h"
#include "guard/record/event.h"

namespace haldane::guard {

// A question that is on its way to the upstream.
struct PendingQuery {
  std::string wire;
  DnsMessage message;  // exactly one question
  Transport transport = Transport::kUdp;
  Decision decision;  // what the policy made of the question
  Asker asker;
  absl::Duration received;  // monotonic
};

// The proxy without its sockets: from a client's message and the upstream's
// answer to what the client gets, the addresses that the script may use, and an
// event for each. Everything that is asked is recorded. Belongs to one event
// loop; what it is given outlives it.
class QueryJudge {
 public:
  struct Parts {
    const Policy& policy;
    EgressTable& egress;
    AskerLookup& askers;
    EventSink& events;
    const Clock& clock;
    std::vector<IpAddress> own_addresses;  // of this host, beside loopback
  };
  explicit QueryJudge(Parts parts) : parts_(std::move(parts)) {}

  // What to do with a message: send `reply`, or ask the upstream, or neither
  // when it is no query and has no claim to an answer.
  struct Outcome {
    std::optional<std::string> reply;
    std::unique_ptr<PendingQuery> ask;
  };
  Outcome TakeQuery(std::string wire, const QueryFlow& flow);

  // The reply to a query that was asked. No answer: the upstream is silent.
  // When this returns, the kernel lets the script use the addresses in it.
  std::string TakeAnswer(const PendingQuery& query, std::optional<std::string> answer);

 private:
  Outcome Refuse(const std::string& wire, const DnsMessage* message, DnsCode code, absl::string_view reason,
                 const Asker& asker, const QueryFlow& flow);
  std::string Block(const PendingQuery& query, Event event, const Decision& decision);
  Decision JudgeFacts(const PendingQuery& query, const AnswerFacts& facts) const;
  void Learn(const PendingQuery& query, const AnswerFacts& facts, const Decision& decision);
  Event EventOf(const PendingQuery& query) const;
  std::string Fail(const PendingQuery& query, absl::string_view why);
  void ReportFull(const absl::Status& status);

  const Parts parts_;
  bool full_reported_ = false;
};

}  // namespace haldane::guard
