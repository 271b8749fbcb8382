#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/unique_fd.h"
#include "guard/dns/message.h"
#include "guard/loop/event_loop.h"
#include "guard/policy/rule.h"
#include "guard/policy/settings.h"

namespace haldane::guard {

// How long the real servers get. The sum stays below the five seconds after
// which glibc gives up on a server, so that its clients hear of a failure.
struct UpstreamTimes {
  absl::Duration next_attempt = absl::Milliseconds(1500);  // then a further server or TCP is tried too
  absl::Duration give_up = absl::Milliseconds(4500);
};

// Asks the real name servers. Every question goes out under a random id from a
// random port, and only an answer to that very question from that very server
// counts. A server that is silent or fails is followed by the next, and UDP by
// TCP; the first good answer wins. Belongs to one event loop.
class Upstream {
 public:
  // The answer as it came, but with the id of the query; or nothing.
  using Done = std::function<void(std::optional<std::string> answer)>;

  // `servers` has at least one.
  Upstream(EventLoop& loop, std::vector<UpstreamServer> servers, UpstreamTimes times = {});
  // Calls no one any more.
  ~Upstream();
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  // Sends `query`, which has exactly one question, over kUdp (with TCP as last
  // resort) or kTcp. `done` is called exactly once, never before Ask returns.
  void Ask(std::string query, const DnsQuestion& question, Transport transport, Done done);

  // Answers that were ignored because they did not match what was asked.
  uint64_t ignored_answers() const { return ignored_; }

 private:
  struct Attempt;
  struct Inquiry;

  // A connected UDP socket that nothing was sent from yet.
  UniqueFd FreshSocket(size_t server);
  void PrepareSpare();

  void StartNext(const std::shared_ptr<Inquiry>& inquiry);
  bool StartAttempt(const std::shared_ptr<Inquiry>& inquiry, Attempt* attempt);
  // False too once the inquiry is answered: its sockets are about to be closed.
  bool IsOpen(const Inquiry& inquiry, const Attempt& attempt) const;
  void OnUdp(const std::shared_ptr<Inquiry>& inquiry, Attempt* attempt);
  void OnTcp(const std::shared_ptr<Inquiry>& inquiry, Attempt* attempt);
  void Receive(const std::shared_ptr<Inquiry>& inquiry, Attempt* attempt, std::string message);
  void Fail(const std::shared_ptr<Inquiry>& inquiry, Attempt* attempt);
  void Finish(const std::shared_ptr<Inquiry>& inquiry, std::optional<std::string> answer);
  void Close(Attempt* attempt);
  void CloseAnswered();

  EventLoop& loop_;
  const std::vector<UpstreamServer> servers_;
  const UpstreamTimes times_;
  size_t preferred_ = 0;  // the server that is asked first
  uint64_t last_inquiry_ = 0;
  uint64_t ignored_ = 0;
  std::map<uint64_t, std::shared_ptr<Inquiry>> inquiries_;

  // Those whose sockets are closed a moment later: whoever has just been answered
  // need not wait for that.
  std::vector<std::shared_ptr<Inquiry>> answered_;
  EventLoop::TimerId closing_ = 0;

  // Made while an answer is awaited, so that the next question need not wait for
  // it. Short-lived: routes change, and an open port is one to be found.
  UniqueFd spare_;
  size_t spare_server_ = 0;
  EventLoop::TimerId spare_timer_ = 0;  // makes it, then drops it
};

}  // namespace haldane::guard
