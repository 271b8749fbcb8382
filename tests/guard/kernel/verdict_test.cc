// The kernel's tables and the policy that they were made of say the same of every
// packet.
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/ipv6.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "guard/kernel/clauses.h"
#include "guard/kernel/kernel_egress_table.h"
#include "guard/kernel/programs.h"
#include "guard/policy/policy.h"
#include "guard/policy/policy_yaml.h"
#include "guard/runtime/kernel_policy.h"
#include "tests/support/status_matchers.h"

namespace haldane::guard {
namespace {

using ::haldane::testing::IsOk;

constexpr char kEthernet[12] = {};

std::string V4Packet(const IpAddress& to, uint8_t protocol, const std::string& payload) {
  iphdr ip = {};
  ip.version = 4;
  ip.ihl = 5;
  ip.protocol = protocol;
  ip.saddr = htonl(0x0A000001);
  memcpy(&ip.daddr, to.bytes.data() + 12, 4);
  std::string packet(kEthernet, sizeof kEthernet);
  packet += std::string("\x08\x00", 2);
  packet.append(reinterpret_cast<const char*>(&ip), sizeof ip);
  return packet + payload;
}

std::string V6Packet(const IpAddress& to, uint8_t protocol, const std::string& payload) {
  ipv6hdr ip = {};
  ip.version = 6;
  ip.nexthdr = protocol;
  memcpy(&ip.daddr, to.bytes.data(), 16);
  std::string packet(kEthernet, sizeof kEthernet);
  packet += std::string("\x86\xdd", 2);
  packet.append(reinterpret_cast<const char*>(&ip), sizeof ip);
  return packet + payload;
}

std::string PacketTo(const Destination& to) {
  std::string payload(32, '\0');
  uint8_t protocol = IPPROTO_ICMP;
  if (to.transport == Transport::kTcp || to.transport == Transport::kUdp) {
    protocol = to.transport == Transport::kTcp ? IPPROTO_TCP : IPPROTO_UDP;
    payload[2] = static_cast<char>(to.port >> 8);
    payload[3] = static_cast<char>(to.port);
    payload[12] = 5 << 4;  // length of a TCP header
  }
  return to.address.is_v4() ? V4Packet(to.address, protocol, payload)
                            : V6Packet(to.address, protocol, payload);
}

struct Resolved {
  std::string name, address;
};

class VerdictTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "SKIPPED: needs root";
  }

  void Load(const std::string& text, const std::vector<Resolved>& resolved) {
    auto policy = ParsePolicy(text, "policy.yaml", [](const std::string&) { return std::string(); });
    ASSERT_THAT(policy, IsOk());
    policy_ = *std::move(policy);
    auto networks = TabulateNetworks(policy_->rules());
    ASSERT_THAT(networks, IsOk());
    Programs::Sizes sizes = {64, 1024};
    auto programs = Programs::Load(KernelConfigOf(*policy_), sizes, Features());
    ASSERT_THAT(programs, IsOk());
    programs_ = *std::move(programs);
    ASSERT_THAT(WriteNetworks(*networks, programs_->networks(), programs_->clauses()), IsOk());
    table_ = std::make_unique<KernelEgressTable>(
        *policy_, programs_->addresses(),
        [this](const IpAddress& address, const Rule&) { newly_denied_.push_back(address.ToString()); });
    for (const Resolved& each : resolved) {
      const Decision question = policy_->JudgeQuestion(each.name);
      const IpAddress address = *IpAddress::Parse(each.address);
      if (question.denied && question.rule != nullptr && question.rule->strict_ip) {
        ASSERT_THAT(table_->Deny(address, each.name, *question.rule), IsOk());
      } else if (!question.denied) {
        ASSERT_THAT(table_->Allow(address, each.name, policy_->GrantsOf(each.name), absl::InfiniteDuration()),
                    IsOk());
      }
    }
  }

  bool KernelDenies(const Destination& to) {
    const std::string packet = PacketTo(to);
    LIBBPF_OPTS(bpf_test_run_opts, run);
    run.data_in = packet.data();
    run.data_size_in = static_cast<__u32>(packet.size());
    EXPECT_EQ(bpf_prog_test_run_opts(programs_->egress_program(), &run), 0) << strerror(errno);
    return run.retval == 0;
  }

  void ExpectAgreement() {
    int denied = 0, passed = 0;
    for (const char* address :
         {"10.1.2.3", "10.1.9.9", "10.2.0.1", "192.0.2.1", "192.0.2.2", "198.51.100.7", "127.0.0.1",
          "127.8.8.8", "0.0.0.0", "2001:db8::1", "2001:db8:1::1", "::1", "::"}) {
      for (const uint16_t port : {0, 22, 80, 443, 853, 3306, 8443, 65535}) {
        for (const Transport transport : {Transport::kTcp, Transport::kUdp, Transport::kOther}) {
          if ((transport == Transport::kOther) != (port == 0)) continue;
          const Destination to = {*IpAddress::Parse(address), port, transport};
          const Decision decision = policy_->JudgeDestination(to, table_->NamesOf(to.address));
          EXPECT_EQ(KernelDenies(to), decision.denied)
              << address << " " << port << " transport " << static_cast<int>(transport) << " "
              << decision.reason;
          (decision.denied ? denied : passed)++;
        }
      }
    }
    EXPECT_GT(denied, 5);
    EXPECT_GT(passed, 5);
  }

  std::unique_ptr<Policy> policy_;
  std::unique_ptr<Programs> programs_;
  std::unique_ptr<KernelEgressTable> table_;
  std::vector<std::string> newly_denied_;
};

const std::vector<Resolved> kResolved = {{"good.test", "192.0.2.1"},   {"ports.test", "192.0.2.2"},
                                         {"bad.test", "192.0.2.2"},    {"strict.test", "198.51.100.7"},
                                         {"good.test", "2001:db8::1"}, {"plain.test", "10.1.2.3"}};

constexpr char kRules[] = R"(
rules:
  - {deny: {suffix: bad.test}, reason: circular}
  - {deny: {exact: strict.test}, reason: circular, strict_ip: true}
  - {allow: {exact: ports.test, ports: [443, 8443]}}
  - {allow: {cidr: 10.0.0.0/8, ports: [22, 3306], proto: tcp}}
  - {deny: {cidr: 10.1.0.0/16, ports: [22]}}
  - {allow: {cidr: 10.1.9.0/24}}
  - {deny: {cidr: 2001:db8:1::/48}}
  - {deny: {cidr: 127.8.0.0/16, ports: [80]}}
  - {allow: {cidr: 198.51.100.0/24}}
)";

TEST_F(VerdictTest, AgreesWhenResolvedAddressesMayBeReached) {
  Load(std::string("version: 1\nname: t\ndefault: resolved") + kRules, kResolved);
  ExpectAgreement();
}

TEST_F(VerdictTest, ADenialIsNewOnce) {
  std::vector<Resolved> twice = kResolved;
  twice.push_back({"strict.test", "198.51.100.7"});
  twice.push_back({"strict.test", "198.51.100.8"});
  Load(std::string("version: 1\nname: t\ndefault: resolved") + kRules, twice);
  EXPECT_EQ(newly_denied_, (std::vector<std::string>{"198.51.100.7", "198.51.100.8"}));
}

TEST_F(VerdictTest, AgreesWhenEverythingElseMayBeReached) {
  Load(std::string("version: 1\nname: t\ndefault: allow\nencrypted_dns: {dot: warn, quic: allow}") + kRules,
       kResolved);
  ExpectAgreement();
}

TEST_F(VerdictTest, AgreesWhenOnlyWhatIsListedMayBeReached) {
  Load(std::string("version: 1\nname: t\ndefault: deny\ndelegation: {loopback_proxy: deny}") + kRules,
       kResolved);
  ExpectAgreement();
}

TEST_F(VerdictTest, AgreesWithoutIpv6) {
  Load(std::string("version: 1\nname: t\ndefault: allow\nipv6: deny") + kRules, kResolved);
  ExpectAgreement();
}

TEST_F(VerdictTest, ObservingPassesWhatEnforcingDenies) {
  Load(std::string("version: 1\nname: t\nmode: observe\ndefault: deny") + kRules, {});
  const Destination to = {*IpAddress::Parse("192.0.2.1"), 80, Transport::kTcp};
  EXPECT_TRUE(policy_->JudgeDestination(to, {}).denied);
  EXPECT_FALSE(KernelDenies(to));
}

TEST_F(VerdictTest, AFullTableSaysSo) {
  Load(std::string("version: 1\nname: t\ndefault: resolved") + kRules, {});
  absl::Status status;
  for (uint32_t i = 0; status.ok() && i < HALDANE_GUARD_ADDRESSES + 1; i++) {
    const uint8_t bytes[] = {172, static_cast<uint8_t>(i >> 16), static_cast<uint8_t>(i >> 8),
                             static_cast<uint8_t>(i)};
    status = table_->Allow(IpAddress::V4(bytes), "many.test", {}, absl::InfiniteDuration());
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
}

TEST_F(VerdictTest, WhatCannotBeFollowedIsDropped) {
  Load(std::string("version: 1\nname: t\ndefault: allow") + kRules, {});
  const std::string cut = V4Packet(*IpAddress::Parse("192.0.2.1"), IPPROTO_TCP, "abc");
  LIBBPF_OPTS(bpf_test_run_opts, run);
  run.data_in = cut.data();
  run.data_size_in = static_cast<__u32>(cut.size());
  ASSERT_EQ(bpf_prog_test_run_opts(programs_->egress_program(), &run), 0);
  EXPECT_EQ(run.retval, 0u);
}

}  // namespace
}  // namespace haldane::guard
