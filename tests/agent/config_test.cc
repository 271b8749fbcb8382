#include "agent/config.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace haldane::agent {
namespace {

using ::testing::HasSubstr;

std::string MistakeIn(absl::string_view text) {
  const auto config = ParseConfig(text, "agent.yaml");
  if (config.ok()) return "no mistake";
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(config.status().message());
}

TEST(AgentConfig, ReadsEverythingItDocuments) {
  const auto config = ParseConfig(R"(
host: web-1
controller: 10.1.2.3:7460
metrics: 127.0.0.1:9460
kill_switch: /var/lib/haldane/kill
budget: {cpu_percent: 2.5, memory_mib: 128}
tls: {certificate: a.pem, key: a.key, ca: ca.pem}
scope: {environment: {HALDANE_HOST: web-1, TIER: "1"}}
labels:
  service: {environment: SERVICE}
  revision: {file: config/REVISION}
  container: {cgroup: name}
  region: {value: 123e4567}
)",
                                  "agent.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->host, "web-1");
  EXPECT_EQ(config->controller, "10.1.2.3:7460");
  EXPECT_EQ(config->metrics, "127.0.0.1:9460");
  EXPECT_EQ(config->kill_switch, "/var/lib/haldane/kill");
  EXPECT_DOUBLE_EQ(config->budget.core_share, 0.025);
  EXPECT_EQ(config->budget.memory_bytes, 128ull << 20);
  EXPECT_EQ(config->tls.certificate, "a.pem");
  EXPECT_EQ(config->tls.key, "a.key");
  EXPECT_EQ(config->tls.ca, "ca.pem");
  using Pair = std::pair<std::string, std::string>;
  EXPECT_THAT(config->scope.environment,
              ::testing::ElementsAre(Pair("HALDANE_HOST", "web-1"), Pair("TIER", "1")));
  ASSERT_EQ(config->labels.size(), 4u);
  EXPECT_EQ(config->labels[0].name, "container");
  EXPECT_EQ(config->labels[0].source, LabelRule::Source::kCgroup);
  EXPECT_EQ(config->labels[1].name, "region");
  EXPECT_EQ(config->labels[1].source, LabelRule::Source::kValue);
  EXPECT_EQ(config->labels[1].argument, "123e4567");  // text, though it looks like a number
  EXPECT_EQ(config->labels[2].name, "revision");
  EXPECT_EQ(config->labels[2].source, LabelRule::Source::kFile);
  EXPECT_EQ(config->labels[2].argument, "config/REVISION");
  EXPECT_EQ(config->labels[3].name, "service");
  EXPECT_EQ(config->labels[3].source, LabelRule::Source::kEnvironment);
  EXPECT_EQ(config->labels[3].argument, "SERVICE");
}

TEST(AgentConfig, DefaultsAreAsDocumented) {
  const auto config = ParseConfig("controller: 127.0.0.1:7460\n", "agent.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_FALSE(config->host.empty());
  EXPECT_EQ(config->metrics, "");
  EXPECT_EQ(config->kill_switch, "/run/haldane/kill");
  EXPECT_TRUE(config->tls.empty());
  EXPECT_TRUE(config->scope.environment.empty());
  ASSERT_EQ(config->labels.size(), 2u);
  EXPECT_EQ(config->labels[0].name, "revision");
  EXPECT_EQ(config->labels[0].argument, "HALDANE_REVISION");
  EXPECT_EQ(config->labels[1].name, "service");
  EXPECT_EQ(config->labels[1].argument, "HALDANE_SERVICE");
}

TEST(AgentConfig, AUnixSocketAndAnIpv6LoopbackNeedNoTls) {
  EXPECT_TRUE(ParseConfig("controller: unix:/run/haldane.sock", "f").ok());
  EXPECT_TRUE(ParseConfig("controller: '[::1]:7460'", "f").ok());
}

struct Mistake {
  const char* name;
  const char* text;
  const char* message;  // part of it
};

class AgentConfigMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(AgentConfigMistake, IsNamedWithItsLineAndARemedy) {
  EXPECT_THAT(MistakeIn(GetParam().text), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Each, AgentConfigMistake,
    ::testing::Values(
        Mistake{"Misspelt", "controller: 127.0.0.1:1\nmetric: x\n",
                "agent.yaml:2: metric: unknown key; did you mean metrics?"},
        Mistake{"Unknown", "controller: 127.0.0.1:1\nxyzzyxyzzy: x\n",
                "agent.yaml:2: xyzzyxyzzy: unknown key; allowed are budget, controller, host"},
        Mistake{"Nested", "controller: 127.0.0.1:1\ntls:\n  certificate: a\n  kee: b\n",
                "agent.yaml:4: kee: unknown key; did you mean key?"},
        Mistake{"Twice", "host: a\ncontroller: 127.0.0.1:1\nhost: b\n", "agent.yaml:3: host: is given twice"},
        Mistake{"Missing", "host: a\n", "agent.yaml:1: controller: is missing; add controller: HOST:PORT"},
        Mistake{"Empty", "", "agent.yaml:1: controller: is missing"},
        Mistake{"OnlyAComment", "# nothing\n", "agent.yaml:1: controller: is missing"},
        Mistake{"NotAMap", "- a\n- b\n", "agent.yaml:1: configuration: must be a map"},
        Mistake{"EmptyValue", "controller: \"\"\n", "agent.yaml:1: controller: is empty"},
        Mistake{"NullValue", "controller:\n", "agent.yaml:1: controller: has no value"},
        Mistake{"List", "controller: [a]\n", "controller: must be one value"},
        Mistake{"NoPort", "controller: localhost\n", "\"localhost\" is not HOST:PORT"},
        Mistake{"PortZero", "controller: localhost:0\n", "is not HOST:PORT"},
        Mistake{"PortTooLarge", "controller: localhost:65536\n", "is not HOST:PORT"},
        Mistake{"PortNegative", "controller: localhost:-1\n", "is not HOST:PORT"},
        Mistake{"Url", "controller: http://localhost:80\n", "is not HOST:PORT"},
        Mistake{"RemoteInTheClear", "host: a\ncontroller: 10.0.0.1:7460\n",
                "agent.yaml:2: controller: 10.0.0.1:7460 is another machine and there is no tls; add tls"},
        Mistake{"HalfTls", "controller: 127.0.0.1:1\ntls: {key: a}\n",
                "agent.yaml:2: tls: needs certificate, key and ca"},
        Mistake{"HostName", "controller: 127.0.0.1:1\nhost: a b\n", "\"a b\" is not a host name"},
        Mistake{"Budget", "controller: 127.0.0.1:1\nbudget: {cpu_percent: lots}\n",
                "agent.yaml:2: cpu_percent: must be a number from 0.1 to 100"},
        Mistake{"KillSwitch", "controller: 127.0.0.1:1\nkill_switch: kill\n",
                "agent.yaml:2: kill_switch: must be a full path"},
        Mistake{"ScopeVariable", "controller: 127.0.0.1:1\nscope: {environment: {a-b: c}}\n",
                "\"a-b\" is not the name of a variable"},
        Mistake{"LabelName", "controller: 127.0.0.1:1\nlabels: {Service: {value: a}}\n",
                "agent.yaml:2: Service: is not a label name"},
        Mistake{"NoSource", "controller: 127.0.0.1:1\nlabels: {a: {}}\n", "a: needs exactly one source"},
        Mistake{"TwoSources", "controller: 127.0.0.1:1\nlabels: {a: {value: b, file: c}}\n",
                "a: needs exactly one source"},
        Mistake{"NoMap", "controller: 127.0.0.1:1\nlabels: {a: b}\n", "a: must be a map"},
        Mistake{"Cgroup", "controller: 127.0.0.1:1\nlabels: {a: {cgroup: path}}\n", "write {cgroup: name}"},
        Mistake{"AbsoluteFile", "controller: 127.0.0.1:1\nlabels: {a: {file: /etc/shadow}}\n",
                "must lie below the process's working directory"},
        Mistake{"FileOutside", "controller: 127.0.0.1:1\nlabels: {a: {file: x/../../y}}\n",
                "must lie below the process's working directory"},
        Mistake{"Syntax", "controller: 127.0.0.1:1\nhost: {a\n", "agent.yaml:3: file: not YAML"},
        Mistake{"Tab", "controller: 127.0.0.1:1\ntls:\n\tkey: a\n", "file: not YAML"},
        Mistake{"TwoDocuments", "controller: 127.0.0.1:1\n---\nhost: a\n",
                "agent.yaml:3: file: has a second document"},
        Mistake{"NotText", "controller: 127.0.0.1:1\nhost: \xff\n", "agent.yaml:2: file: is not UTF-8 text"},
        Mistake{"Control", "controller: \"127.0.0.1:1\\x07\"\n", "contains a control character"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(AgentConfig, HostileTextIsRefusedAndHarmless) {
  EXPECT_THAT(MistakeIn(std::string(300 * 1024, 'a')), HasSubstr("is longer than"));
  EXPECT_THAT(MistakeIn("controller: " + std::string(100000, '[')), ::testing::StartsWith("agent.yaml:"));
  EXPECT_THAT(MistakeIn(std::string("controller: a\0b:1", 17)), HasSubstr("is not UTF-8 text"));
  EXPECT_THAT(MistakeIn(std::string(100, 'x') + ": y"), HasSubstr("unknown key"));
  std::string labels = "controller: 127.0.0.1:1\nlabels:\n";
  for (int i = 0; i < 33; ++i) labels += "  l" + std::to_string(i) + ": {value: x}\n";
  EXPECT_THAT(MistakeIn(labels), HasSubstr("more than 32 labels"));
}

// Found by fuzzing: a library that reads documents for as long as there are some
// never came to the end of this one.
TEST(ConfigTest, ALineThatYamlCannotPassIsNoEndlessStreamOfDocuments) {
  EXPECT_FALSE(ParseConfig(",hn$ll nD\n", "agent.yaml").ok());
}

TEST(ConfigTest, ASecondDocumentIsFoundHoweverItBegins) {
  for (const char* text : {"controller: a:1\n---\nhost: b\n", "---\ncontroller: a:1\n--- \nhost: b\n",
                           "controller: a:1\n...\nhost: b\n", "controller: a:1\n--- {host: b}\n"}) {
    const auto config = ParseConfig(text, "agent.yaml");
    EXPECT_THAT(std::string(config.status().message()), ::testing::HasSubstr("second document")) << text;
  }
  for (const char* text :
       {"# a\n---\ncontroller: 127.0.0.1:1\n...\n", "controller: 127.0.0.1:1\n---\n# nothing\n"}) {
    EXPECT_TRUE(ParseConfig(text, "agent.yaml").ok()) << text << ParseConfig(text, "agent.yaml").status();
  }
}

}  // namespace
}  // namespace haldane::agent
