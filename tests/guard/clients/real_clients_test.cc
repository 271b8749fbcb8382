// Real resolvers ask the proxy, which asks a real name server (dnsmasq), in a
// network namespace of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/guard/clients/private_network.h"
#include "tests/guard/proxy/proxy_fixture.h"

namespace haldane::guard {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kServer[] = "127.0.0.2";
constexpr char kServerPort[] = "5353";

class RealClientsTest : public testing::Test {
 protected:
  struct Ran {
    int exit_code;
    std::string output;
    absl::Duration took;
  };

  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "SKIPPED: root is needed for a network namespace";
    static const std::string problem = EnterPrivateNetwork("nameserver 127.0.0.1\nsearch corp.example\n");
    ASSERT_EQ(problem, "");
    std::string big = "--txt-record=big.example";
    for (int i = 0; i < 10; ++i) absl::StrAppend(&big, ",", std::string(200, static_cast<char>('a' + i)));
    server_ = std::make_unique<Program>(std::vector<std::string>{
        "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
        "--pid-file=", "--user=root", "--bind-interfaces", absl::StrCat("--listen-address=", kServer),
        absl::StrCat("--port=", kServerPort), "--local=/example/", "--local=/github.com/",
        "--host-record=a.example,192.0.2.1,2001:db8::1", "--host-record=app.corp.example,192.0.2.2",
        "--host-record=edge.github.com,192.0.2.66", "--cname=cloak.example,edge.github.com", big});
    Start("default: resolved\nrules: [{deny: {suffix: github.com}, reason: circular, owner: infra}]");
    // The server is up when it answers.
    const absl::Time end = absl::Now() + absl::Seconds(10);
    while (absl::Now() < end && Run({"dig", "+tries=1", "+timeout=1", "a.example"}).exit_code != 0) {
    }
    events_.events.clear();
    log_.clear();
  }

  void Start(absl::string_view policy_lines) {
    policy_ = PolicyOf(policy_lines);
    DnsProxyOptions options;
    options.upstream = {{*IpAddress::Parse(kServer), 5353}};
    options.port = 53;
    auto proxy =
        DnsProxy::Start(loop_, *policy_, egress_, askers_, events_, Clock::Real(), std::move(options));
    ASSERT_TRUE(proxy.ok()) << proxy.status();
    proxy_ = *std::move(proxy);
  }

  // Runs it to its end, at most twenty seconds, while the proxy works.
  Ran Run(const std::vector<std::string>& command) {
    Program program(command);
    const absl::Time begin = absl::Now();
    while (!program.HasEnded() && absl::Now() < begin + absl::Seconds(20))
      loop_.RunOnce(absl::Milliseconds(5));
    EXPECT_TRUE(program.HasEnded()) << command[0];
    return {program.exit_code(), program.Output(), absl::Now() - begin};
  }

  // Names that were blocked.
  std::vector<std::string> Blocked() const {
    std::vector<std::string> names;
    for (const Event& event : events_.events) {
      if (event.action == Action::kBlocked) names.push_back(event.domain);
    }
    return names;
  }

  // What dig prints, without what differs from call to call.
  static std::string Lasting(const std::string& output) {
    std::string lasting;
    for (absl::string_view line : absl::StrSplit(output, '\n')) {
      if (absl::StartsWith(line, "; (") || absl::StartsWith(line, ";; Query time") ||
          absl::StartsWith(line, ";; WHEN") || absl::StartsWith(line, ";; SERVER") ||
          absl::StartsWith(line, "; COOKIE") || absl::StrContains(line, "<<>>")) {
        continue;
      }
      if (const size_t id = line.find(", id: "); id != absl::string_view::npos) line = line.substr(0, id);
      absl::StrAppend(&lasting, line, "\n");
    }
    return lasting;
  }

  EventLoop loop_;
  std::vector<std::string> log_;
  FakeEgress egress_{&log_};
  FakeAskers askers_;
  EventList events_;
  std::unique_ptr<Policy> policy_;
  std::unique_ptr<DnsProxy> proxy_;
  std::unique_ptr<Program> server_;
};

TEST_F(RealClientsTest, Getent) {
  const Ran allowed = Run({"getent", "ahosts", "a.example"});
  EXPECT_EQ(allowed.exit_code, 0);
  EXPECT_THAT(allowed.output, HasSubstr("192.0.2.1"));
  EXPECT_THAT(allowed.output, HasSubstr("2001:db8::1"));
  EXPECT_THAT(log_, testing::Contains("allow 192.0.2.1 a.example [] inf"));

  const Ran blocked = Run({"getent", "ahosts", "GitHub.com"});
  EXPECT_EQ(blocked.exit_code, 2) << blocked.output;
  EXPECT_LT(blocked.took, absl::Seconds(2)) << "no timeout";
  EXPECT_THAT(Blocked(), testing::Each("github.com")) << "and not what the search list made of it";
  EXPECT_THAT(Blocked(), Not(testing::IsEmpty()));
}

TEST_F(RealClientsTest, GetentWithASearchList) {
  const Ran found = Run({"getent", "ahosts", "app"});
  EXPECT_EQ(found.exit_code, 0);
  EXPECT_THAT(found.output, HasSubstr("192.0.2.2"));
  EXPECT_EQ(events_.events.back().domain, "app.corp.example");
}

TEST_F(RealClientsTest, DigGetsWhatTheServerSays) {
  const std::vector<std::vector<std::string>> questions = {{"a.example"},
                                                           {"a.example", "AAAA"},
                                                           {"+tcp", "a.example"},
                                                           {"+noedns", "a.example"},
                                                           {"+bufsize=4096", "+nsid", "big.example", "TXT"},
                                                           {"+dnssec", "gone.example"},
                                                           {"+ednsopt=65001:abcd", "a.example"},
                                                           {"-x", "192.0.2.1"}};
  for (const auto& question : questions) {
    std::vector<std::string> through = {"dig", "+nocookie"};
    through.insert(through.end(), question.begin(), question.end());
    std::vector<std::string> direct = through;
    direct.insert(direct.begin() + 1, {absl::StrCat("@", kServer), "-p", kServerPort});
    EXPECT_EQ(Lasting(Run(through).output), Lasting(Run(direct).output)) << question.back();
  }
}

TEST_F(RealClientsTest, DigComesBackOverTcpForALongAnswer) {
  const Ran truncated = Run({"dig", "+noedns", "+ignore", "big.example", "TXT"});
  EXPECT_THAT(truncated.output, HasSubstr(" tc "));
  const Ran whole = Run({"dig", "+noedns", "big.example", "TXT"});
  EXPECT_THAT(whole.output, HasSubstr("retrying in TCP mode"));
  EXPECT_THAT(whole.output, HasSubstr("jjjjjjjjjj"));
}

TEST_F(RealClientsTest, DigShowsWhyANameIsBlocked) {
  const Ran blocked = Run({"dig", "api.github.com"});
  EXPECT_THAT(blocked.output, HasSubstr("NXDOMAIN"));
  EXPECT_THAT(blocked.output, HasSubstr("EDE: 15 (Blocked)"));
  EXPECT_THAT(blocked.output, HasSubstr("circular (deny suffix github.com); ask infra"));
  EXPECT_THAT(Run({"dig", "+tcp", "api.github.com"}).output, HasSubstr("NXDOMAIN"));
}

TEST_F(RealClientsTest, DigIsToldOfAChainToABlockedName) {
  const Ran cloaked = Run({"dig", "cloak.example"});
  EXPECT_THAT(cloaked.output, HasSubstr("NXDOMAIN"));
  EXPECT_THAT(cloaked.output, Not(HasSubstr("192.0.2.66")));
  EXPECT_EQ(events_.events.back().matched_name, "edge.github.com");
}

TEST_F(RealClientsTest, RubyByLibcAndByItsOwnResolver) {
  const Ran allowed =
      Run({"ruby", "-rresolv", "-rsocket", "-e",
           "puts Resolv.getaddress('a.example'), Addrinfo.getaddrinfo('a.example', 80)[0].ip_address"});
  EXPECT_EQ(allowed.exit_code, 0) << allowed.output;
  EXPECT_THAT(allowed.output, HasSubstr("192.0.2.1"));
  const Ran blocked = Run({"ruby", "-rresolv", "-e", "Resolv::DNS.new.getaddress('github.com')"});
  EXPECT_THAT(blocked.output, HasSubstr("DNS result has no information for github.com"));
  const Ran libc = Run({"ruby", "-rsocket", "-e", "TCPSocket.new('github.com', 443)"});
  EXPECT_THAT(libc.output, HasSubstr("SocketError"));
  EXPECT_LT(blocked.took + libc.took, absl::Seconds(8)) << "no timeouts";
}

TEST_F(RealClientsTest, NothingHangsWhenTheServerIsGone) {
  server_.reset();
  const Ran lost = Run({"dig", "+tries=1", "+timeout=10", "a.example"});
  EXPECT_THAT(lost.output, HasSubstr("SERVFAIL"));
  EXPECT_LT(lost.took, absl::Seconds(3)) << "refused at once";
  EXPECT_THAT(Run({"dig", "github.com"}).output, HasSubstr("NXDOMAIN")) << "what is blocked needs no server";
}

}  // namespace
}  // namespace haldane::guard
