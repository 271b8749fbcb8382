#include "guard/proxy/query_judge.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "guard/dns/reply.h"

namespace haldane::guard {
namespace {

// However long a name may be cached by its TTL, we do not promise more.
constexpr absl::Duration kLongestTtl = absl::Hours(24 * 7);

Event EventOfAsker(const Asker& asker, Transport transport) {
  Event event;
  event.kind = EventKind::kDns;
  event.process = asker.process;
  event.to = {asker.server, asker.server_port, transport};
  event.has_destination = asker.server_port != 0;
  return event;
}

DnsCode BlockCode(BlockAnswer answer) {
  switch (answer) {
    case BlockAnswer::kNxdomain:
      return DnsCode::kNxDomain;
    case BlockAnswer::kNodata:
      return DnsCode::kNoError;
    case BlockAnswer::kRefused:
      return DnsCode::kRefused;
  }
  return DnsCode::kNxDomain;
}

// What a tool that understands extended errors tells its user.
std::string BlockText(const Decision& decision) {
  std::string text = absl::StrCat("blocked by haldane guard: ", decision.reason);
  if (decision.rule == nullptr) return text;
  absl::StrAppend(&text, " (", decision.rule->text, ")");
  if (!decision.rule->owner.empty()) absl::StrAppend(&text, "; ask ", decision.rule->owner);
  return text;
}

// What is wrong with a message that claims to be a query; empty when nothing is.
absl::string_view QueryFault(const std::string& wire, const absl::StatusOr<DnsMessage>& message) {
  if (!message.ok()) return "malformed";
  const DnsHeader& header = message->header;
  if (header.questions != 1) return "not one question";
  if (header.answers != 0 || header.authorities != 0) return "records in a query";
  if (message->end != wire.size()) return "bytes behind the message";
  return {};
}

bool IsTransfer(uint16_t type) {
  return type == static_cast<uint16_t>(DnsType::kAxfr) || type == static_cast<uint16_t>(DnsType::kIxfr);
}

}  // namespace

QueryJudge::Outcome QueryJudge::TakeQuery(std::string wire, const QueryFlow& flow) {
  const std::optional<DnsHeader> header = ParseDnsHeader(wire);
  if (!header.has_value() || header->response) return {};
  QueryFlow whole = flow;
  whole.message = wire;
  const Asker asker = parts_.askers.Find(whole);
  if (header->opcode != 0) return Refuse(wire, nullptr, DnsCode::kNotImp, "not a query", asker, flow);
  absl::StatusOr<DnsMessage> message = ParseDnsMessage(wire);
  if (const absl::string_view fault = QueryFault(wire, message); !fault.empty()) {
    return Refuse(wire, message.ok() ? &*message : nullptr, DnsCode::kFormErr, fault, asker, flow);
  }
  if (IsTransfer(message->questions[0].type)) {
    return Refuse(wire, &*message, DnsCode::kRefused, "zone transfer", asker, flow);
  }

  auto query = std::make_unique<PendingQuery>();
  query->wire = std::move(wire);
  query->message = *std::move(message);
  query->transport = flow.transport;
  query->asker = asker;
  query->received = parts_.clock.Monotonic();
  query->decision = parts_.policy.JudgeQuestion(query->message.questions[0].name);
  const bool blocked = ActionOf(query->decision, parts_.policy.mode()) == Action::kBlocked;
  // A strict rule denies the name's addresses too, and so has to know them.
  const bool strict = query->decision.rule != nullptr && query->decision.rule->strict_ip;
  Outcome outcome;
  if (blocked && !strict) {
    outcome.reply = Block(*query, EventOf(*query), query->decision);
  } else {
    outcome.ask = std::move(query);
  }
  return outcome;
}

// What the upstream never sees, whatever its name.
QueryJudge::Outcome QueryJudge::Refuse(const std::string& wire, const DnsMessage* message, DnsCode code,
                                       absl::string_view reason, const Asker& asker, const QueryFlow& flow) {
  Event event = EventOfAsker(asker, flow.transport);
  // Even in observe: there is no answer to such a message that could be passed on.
  event.action = Action::kBlocked;
  event.reason = std::string(reason);
  event.rcode = DnsCodeName(static_cast<uint8_t>(code));
  if (message != nullptr && !message->questions.empty()) {
    event.domain = message->questions[0].name;
    event.qtype = DnsTypeName(message->questions[0].type);
  }
  parts_.events.Take(event);
  Outcome outcome;
  outcome.reply = MakeErrorReply(wire, message, code);
  return outcome;
}

std::string QueryJudge::TakeAnswer(const PendingQuery& query, std::optional<std::string> answer) {
  if (!answer.has_value()) return Fail(query, "the upstream did not answer");
  const absl::StatusOr<DnsMessage> message = ParseDnsMessage(*answer);
  const absl::StatusOr<AnswerFacts> facts = message.ok() ? ReadAnswer(*answer, *message) : message.status();
  if (!facts.ok()) return Fail(query, absl::StrCat("the upstream's answer: ", facts.status().message()));

  const Decision decision = JudgeFacts(query, *facts);
  Learn(query, *facts, decision);
  Event event = EventOf(query);
  FillDecision(decision, parts_.policy.mode(), &event);
  event.answers = facts->shown;
  if (event.action == Action::kBlocked) return Block(query, std::move(event), decision);
  event.rcode = DnsCodeName(message->header.code);
  parts_.events.Take(event);
  if (query.transport == Transport::kUdp && answer->size() > UdpLimit(query.message)) {
    return MakeTruncatedReply(*answer, *message);
  }
  return *std::move(answer);
}

// The question's own decision, unless the answer leads where it must not.
Decision QueryJudge::JudgeFacts(const PendingQuery& query, const AnswerFacts& facts) const {
  const std::string& name = query.message.questions[0].name;
  if (query.decision.denied) return query.decision;
  bool warned = false;
  for (const std::string& link : facts.links) {
    if (link == name) continue;
    Decision decision = parts_.policy.JudgeLink(link);
    if (decision.denied) return decision;
    warned = warned || decision.warned;
  }
  for (const AnsweredAddress& answered : facts.addresses) {
    const auto& own = parts_.own_addresses;
    const bool is_own = std::find(own.begin(), own.end(), answered.address) != own.end();
    Decision decision = parts_.policy.JudgeAnswer(name, answered.address, is_own);
    if (decision.denied) return decision;
  }
  Decision decision = query.decision;
  decision.warned = decision.warned || warned;
  return decision;
}

void QueryJudge::Learn(const PendingQuery& query, const AnswerFacts& facts, const Decision& decision) {
  const std::string& name = query.message.questions[0].name;
  const DnsSettings& dns = parts_.policy.settings().dns;
  std::vector<const Rule*> grants;
  if (!decision.denied) grants = parts_.policy.GrantsOf(name);
  for (const AnsweredAddress& answered : facts.addresses) {
    if (!decision.denied) {
      const absl::Duration ttl = std::min(absl::Seconds(answered.ttl), kLongestTtl);
      const absl::Duration lifetime =
          dns.lifetime_is_run ? absl::InfiniteDuration() : std::max(ttl, dns.ttl_min) + dns.ttl_grace;
      ReportFull(parts_.egress.Allow(answered.address, name, grants, lifetime));
    } else if (decision.rule != nullptr && decision.rule->strict_ip) {
      ReportFull(parts_.egress.Deny(answered.address, name, *decision.rule));
    } else {
      parts_.egress.Know(answered.address, name);
    }
  }
}

// Once: what follows from a full table is seen in the events of connections.
void QueryJudge::ReportFull(const absl::Status& status) {
  if (status.ok() || full_reported_) return;
  full_reported_ = true;
  Event event;
  event.kind = EventKind::kGuard;
  event.warned = true;
  event.reason = "address_table";
  event.detail = std::string(status.message());
  parts_.events.Take(event);
}

std::string QueryJudge::Block(const PendingQuery& query, Event event, const Decision& decision) {
  const BlockReply block = {BlockCode(parts_.policy.settings().dns.block_answer), BlockText(decision)};
  event.rcode = DnsCodeName(static_cast<uint8_t>(block.code));
  parts_.events.Take(event);
  return MakeBlockReply(query.wire, query.message, block);
}

std::string QueryJudge::Fail(const PendingQuery& query, absl::string_view why) {
  Event event = EventOf(query);
  event.rcode = DnsCodeName(static_cast<uint8_t>(DnsCode::kServFail));
  event.detail = std::string(why);
  const bool strict_block = event.action == Action::kBlocked;
  if (strict_block) return Block(query, std::move(event), query.decision);
  parts_.events.Take(event);
  return MakeErrorReply(query.wire, &query.message, DnsCode::kServFail);
}

Event QueryJudge::EventOf(const PendingQuery& query) const {
  Event event = EventOfAsker(query.asker, query.transport);
  FillDecision(query.decision, parts_.policy.mode(), &event);
  event.domain = query.message.questions[0].name;
  event.qtype = DnsTypeName(query.message.questions[0].type);
  event.latency = parts_.clock.Monotonic() - query.received;
  return event;
}

}  // namespace haldane::guard
