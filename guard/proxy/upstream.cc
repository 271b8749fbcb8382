#include "guard/proxy/upstream.h"

#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <cerrno>
#include <set>
#include <utility>

#include "guard/dns/name.h"
#include "guard/dns/tcp_frames.h"
#include "guard/proxy/sockets.h"

namespace haldane::guard {
namespace {

// Each may hold several descriptors; a host's usual limit is 1024.
constexpr size_t kMostInquiries = 256;
constexpr size_t kReadAtOnce = 65536;
constexpr absl::Duration kSpareLifetime = absl::Seconds(1);
constexpr absl::Duration kClosingDelay = absl::Milliseconds(5);

uint16_t RandomId() {
  uint16_t id = 0;
  // For so few bytes it cannot fail once the machine is up.
  if (getrandom(&id, sizeof(id), 0) != sizeof(id)) return 0;
  return id;
}

void SetId(uint16_t id, std::string* message) {
  (*message)[0] = static_cast<char>(id >> 8);
  (*message)[1] = static_cast<char>(id & 0xff);
}

// True when the message answers that question under that id. Servers may leave
// the question out of an error.
bool Answers(absl::string_view message, uint16_t id, const DnsQuestion& asked) {
  const std::optional<DnsHeader> header = ParseDnsHeader(message);
  if (!header.has_value() || !header->response || header->id != id) return false;
  if (header->questions == 0) return header->code != static_cast<uint8_t>(DnsCode::kNoError);
  size_t offset = kDnsHeaderBytes;
  const std::optional<std::string> name = ReadName(message, &offset);
  return header->questions == 1 && name == asked.name && offset + 4 <= message.size() &&
         ReadU16(message, offset) == asked.type && ReadU16(message, offset + 2) == asked.klass;
}

bool IsFailure(absl::string_view message) {
  const uint8_t code = ParseDnsHeader(message)->code;
  return code == static_cast<uint8_t>(DnsCode::kServFail) || code == static_cast<uint8_t>(DnsCode::kRefused);
}

}  // namespace

// One way of asking: a server over a transport.
struct Upstream::Attempt {
  size_t server = 0;
  bool tcp = false;
  uint16_t id = 0;
  UniqueFd fd;
  std::string unsent;  // TCP
  TcpFrames received;  // TCP
};

struct Upstream::Inquiry {
  uint64_t key = 0;
  std::string query;
  uint16_t id = 0;  // the client's
  DnsQuestion question;
  Done done;
  std::vector<std::unique_ptr<Attempt>> attempts;
  size_t started = 0;                  // of the attempts
  size_t open = 0;                     // of those started
  std::optional<std::string> failure;  // an answer that says that the server failed
  std::set<size_t> failed;             // servers that gave such an answer
  EventLoop::TimerId next = 0, end = 0;
};

Upstream::Upstream(EventLoop& loop, std::vector<UpstreamServer> servers, UpstreamTimes times)
    : loop_(loop), servers_(std::move(servers)), times_(times) {}

Upstream::~Upstream() {
  loop_.Cancel(spare_timer_);
  loop_.Cancel(closing_);
  CloseAnswered();
  for (const auto& [key, inquiry] : inquiries_) {
    loop_.Cancel(inquiry->next);
    loop_.Cancel(inquiry->end);
    for (const auto& attempt : inquiry->attempts) Close(attempt.get());
  }
}

void Upstream::Ask(std::string query, const DnsQuestion& question, Transport transport, Done done) {
  auto inquiry = std::make_shared<Inquiry>();
  inquiry->key = ++last_inquiry_;
  inquiry->id = ReadU16(query, 0);
  inquiry->query = std::move(query);
  inquiry->question = question;
  inquiry->done = std::move(done);
  const auto plan = [&](size_t server, bool tcp) {
    auto attempt = std::make_unique<Attempt>();
    attempt->server = (preferred_ + server) % servers_.size();
    attempt->tcp = tcp;
    inquiry->attempts.push_back(std::move(attempt));
  };
  const bool tcp = transport == Transport::kTcp;
  plan(0, tcp);
  plan(1, tcp);
  if (!tcp) plan(0, true);
  const bool too_many = inquiries_.size() >= kMostInquiries;
  inquiries_[inquiry->key] = inquiry;
  const std::weak_ptr<Inquiry> weak = inquiry;
  inquiry->end = loop_.After(too_many ? absl::ZeroDuration() : times_.give_up, [this, weak] {
    if (const auto alive = weak.lock()) Finish(alive, std::move(alive->failure));
  });
  if (!too_many) StartNext(inquiry);
}

// Starts attempts until one is under way, and a timer for the one after it.
void Upstream::StartNext(const std::shared_ptr<Inquiry>& inquiry) {
  loop_.Cancel(std::exchange(inquiry->next, 0));
  while (inquiry->started < inquiry->attempts.size()) {
    Attempt* attempt = inquiry->attempts[inquiry->started++].get();
    if (inquiry->failed.count(attempt->server) == 0 && StartAttempt(inquiry, attempt)) break;
  }
  const std::weak_ptr<Inquiry> weak = inquiry;
  if (inquiry->open == 0) {
    // Every way has failed: say so, but not from within Ask.
    loop_.Cancel(inquiry->end);
    inquiry->end = loop_.After(absl::ZeroDuration(), [this, weak] {
      if (const auto alive = weak.lock()) Finish(alive, std::move(alive->failure));
    });
  } else if (inquiry->started < inquiry->attempts.size()) {
    const size_t silent = inquiry->attempts[inquiry->started - 1]->server;
    inquiry->next = loop_.After(times_.next_attempt, [this, weak, silent] {
      // Whoever asks next need not wait for it as well.
      if (silent == preferred_) preferred_ = (preferred_ + 1) % servers_.size();
      if (const auto alive = weak.lock()) StartNext(alive);
    });
  }
}

UniqueFd Upstream::FreshSocket(size_t server) {
  loop_.Cancel(spare_timer_);
  spare_timer_ = loop_.After(absl::ZeroDuration(), [this] { PrepareSpare(); });
  UniqueFd spare = std::move(spare_);
  if (spare.is_open() && spare_server_ == server) return spare;
  return ConnectSocket(SOCK_DGRAM, servers_[server].address, servers_[server].port);
}

void Upstream::PrepareSpare() {
  spare_server_ = preferred_;
  spare_ = ConnectSocket(SOCK_DGRAM, servers_[preferred_].address, servers_[preferred_].port);
  spare_timer_ = loop_.After(kSpareLifetime, [this] { spare_.reset(); });
}

bool Upstream::StartAttempt(const std::shared_ptr<Inquiry>& inquiry, Attempt* attempt) {
  const UpstreamServer& server = servers_[attempt->server];
  attempt->fd =
      attempt->tcp ? ConnectSocket(SOCK_STREAM, server.address, server.port) : FreshSocket(attempt->server);
  if (!attempt->fd.is_open()) return false;
  attempt->id = RandomId();
  std::string query = inquiry->query;
  SetId(attempt->id, &query);
  if (attempt->tcp) {
    attempt->unsent = TcpFrame(query);
  } else if (send(attempt->fd.get(), query.data(), query.size(), MSG_NOSIGNAL) < 0 && errno != EAGAIN) {
    attempt->fd.reset();
    return false;
  }
  ++inquiry->open;
  const std::weak_ptr<Inquiry> weak = inquiry;
  loop_.Watch(attempt->fd.get(), attempt->tcp ? EPOLLIN | EPOLLOUT : EPOLLIN,
              [this, weak, attempt](uint32_t) {
                const auto alive = weak.lock();
                if (alive == nullptr) return;
                if (!IsOpen(*alive, *attempt)) return Close(attempt);
                attempt->tcp ? OnTcp(alive, attempt) : OnUdp(alive, attempt);
              });
  return true;
}

bool Upstream::IsOpen(const Inquiry& inquiry, const Attempt& attempt) const {
  return attempt.fd.is_open() && inquiries_.count(inquiry.key) > 0;
}

void Upstream::OnUdp(const std::shared_ptr<Inquiry>& inquiry, Attempt* attempt) {
  static char buffer[kMaxDnsMessage];
  while (IsOpen(*inquiry, *attempt)) {
    const ssize_t size = recv(attempt->fd.get(), buffer, sizeof(buffer), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size < 0) return Fail(inquiry, attempt);  // refused, most likely
    Receive(inquiry, attempt, std::string(buffer, static_cast<size_t>(size)));
  }
}

void Upstream::OnTcp(const std::shared_ptr<Inquiry>& inquiry, Attempt* attempt) {
  if (!attempt->unsent.empty()) {
    const ssize_t sent =
        send(attempt->fd.get(), attempt->unsent.data(), attempt->unsent.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return Fail(inquiry, attempt);
    if (sent > 0) attempt->unsent.erase(0, static_cast<size_t>(sent));
    if (attempt->unsent.empty()) {
      const std::weak_ptr<Inquiry> weak = inquiry;
      loop_.Watch(attempt->fd.get(), EPOLLIN, [this, weak, attempt](uint32_t) {
        const auto alive = weak.lock();
        if (alive == nullptr) return;
        IsOpen(*alive, *attempt) ? OnTcp(alive, attempt) : Close(attempt);
      });
    }
    return;
  }
  static char buffer[kReadAtOnce];
  const ssize_t size = recv(attempt->fd.get(), buffer, sizeof(buffer), 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) return Fail(inquiry, attempt);
  attempt->received.Append({buffer, static_cast<size_t>(size)});
  while (IsOpen(*inquiry, *attempt)) {
    std::optional<std::string> message = attempt->received.Next();
    if (!message.has_value()) return;
    Receive(inquiry, attempt, *std::move(message));
  }
}

void Upstream::Receive(const std::shared_ptr<Inquiry>& inquiry, Attempt* attempt, std::string message) {
  if (!Answers(message, attempt->id, inquiry->question)) {
    ++ignored_;
    return;
  }
  SetId(inquiry->id, &message);
  if (!IsFailure(message)) return Finish(inquiry, std::move(message));
  inquiry->failure = std::move(message);
  inquiry->failed.insert(attempt->server);
  Fail(inquiry, attempt);
}

void Upstream::Fail(const std::shared_ptr<Inquiry>& inquiry, Attempt* attempt) {
  Close(attempt);
  --inquiry->open;
  if (inquiry->started < inquiry->attempts.size() || inquiry->open == 0) StartNext(inquiry);
}

void Upstream::Finish(const std::shared_ptr<Inquiry>& inquiry, std::optional<std::string> answer) {
  if (inquiries_.erase(inquiry->key) == 0) return;
  loop_.Cancel(inquiry->next);
  loop_.Cancel(inquiry->end);
  inquiry->done(std::move(answer));
  if (answered_.empty()) closing_ = loop_.After(kClosingDelay, [this] { CloseAnswered(); });
  answered_.push_back(inquiry);
  if (answered_.size() < kMostInquiries) return;
  loop_.Cancel(closing_);
  CloseAnswered();
}

void Upstream::CloseAnswered() {
  for (const auto& inquiry : answered_) {
    for (const auto& attempt : inquiry->attempts) Close(attempt.get());
  }
  answered_.clear();
}

void Upstream::Close(Attempt* attempt) {
  if (!attempt->fd.is_open()) return;
  loop_.Unwatch(attempt->fd.get());
  attempt->fd.reset();
}

}  // namespace haldane::guard
