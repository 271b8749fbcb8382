#include "guard/record/recorder.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "guard/record/event_text.h"
#include "guard/record/read_record.h"
#include "guard/record/sinks.h"
#include "tests/guard/events.h"
#include "tests/support/temporary_directory.h"

namespace haldane::guard {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

RunInfo Info() { return {"run-1", "host-1", "web-42", "db", "blocklist.yaml", "blocklist", Mode::kEnforce}; }

std::vector<std::string> LinesOf(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return absl::StrSplit(text.str(), '\n', absl::SkipEmpty());
}

class RecorderTest : public ::testing::Test {
 protected:
  std::unique_ptr<Recorder> Open() {
    auto recorder = Recorder::Open(path_, Info(), Clock::Real());
    EXPECT_TRUE(recorder.ok()) << recorder.status();
    return recorder.ok() ? *std::move(recorder) : nullptr;
  }
  haldane::testing::TemporaryDirectory directory_;
  std::string path_ = directory_.path() + "/run.jsonl";
};

TEST_F(RecorderTest, WritesOneLinePerEventWithEverything) {
  const auto recorder = Open();
  recorder->Take(BlockedLookup());
  ASSERT_TRUE(recorder->Finish().ok());
  const std::vector<std::string> lines = LinesOf(path_);
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_EQ(
      lines[1],
      R"({"v":1,"ts":"2026-01-01T00:00:00.000000Z","run_id":"run-1","host":"host-1","deploy_id":"web-42","step":"db",)"
      R"("seq":2,"event":"dns","method":"blocklist","action":"blocked","blocked_at":"dns","reason":"circular",)"
      R"("rule_id":"1a2b3c4d","rule_text":"deny suffix github.com","owner":"infra","domain":"github.com",)"
      R"("matched_name":"github.com","qtype":"A","rcode":"NXDOMAIN","answers":[],"latency_us":95,"transport":"udp",)"
      R"("original_dst":"10.0.0.53:53","attribution":"flow","pid":42,"tid":43,"uid":1000,"comm":"curl",)"
      R"("exe":"/usr/bin/curl","cmd":"curl github.com","cmd_truncated":false,)"
      R"("ancestry":[{"pid":41,"comm":"bash","cmd":"bash deploy.sh --token ***"}],)"
      R"("script":{"file":"deploy.sh","line":8,"kind":"exact","text":"curl $HOST"},"count":1})");
  EXPECT_THAT(lines[0], HasSubstr("\"detail\":\"run begins\""));
  EXPECT_THAT(lines[2], HasSubstr("\"recorded\":1,\"audit_complete\":true,\"lost\":{}"));
  struct stat status;
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(RecorderTest, WhateverACommandHoldsIsOneValidLineWithoutItsSecrets) {
  const auto recorder = Open();
  Event event = BlockedLookup();
  event.process.name.command_line =
      absl::StrCat("sh -c 'a\nb\tc \x1b[31m \xff\xfe' --password hunter2 ", std::string(100000, 'x'));
  event.process.executable = "/tmp/x (deleted)";
  event.detail = "line\nbreak";
  event.domain = "a\\032\\010b.example";
  recorder->Take(event);
  const std::vector<std::string> lines = LinesOf(path_);
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_LT(lines[1].size(), 6000u);
  EXPECT_THAT(lines[1], Not(HasSubstr("hunter2")));
  EXPECT_THAT(lines[1], HasSubstr("\"cmd_truncated\":true"));
  for (const char c : lines[1]) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20) << lines[1];
  const auto read = ReadRecordLine(lines[1]);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->domain, event.domain);
  EXPECT_THAT(read->process.name.command_line, StartsWith("sh -c 'a\nb\tc \x1b[31m"));
}

TEST_F(RecorderTest, LossIsCountedAndDeclaredAndMakesItIncomplete) {
  const auto recorder = Open();
  EXPECT_TRUE(recorder->complete());
  recorder->CountLost("ring", 0);
  EXPECT_TRUE(recorder->complete());
  recorder->CountLost("ring", 7);
  recorder->CountLost("owner_map", 1);
  EXPECT_FALSE(recorder->complete());
  recorder->Take(BlockedLookup());
  ASSERT_TRUE(recorder->Finish().ok());
  const std::vector<std::string> lines = LinesOf(path_);
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_THAT(
      lines[1],
      HasSubstr(
          "\"detail\":\"events were lost\",\"audit_complete\":false,\"lost\":{\"owner_map\":1,\"ring\":7}"));
  EXPECT_THAT(lines[3], HasSubstr("\"audit_complete\":false"));
}

TEST(RecorderFailureTest, ADiskThatIsFullIsALoss) {
  Recorder recorder(UniqueFd(open("/dev/full", O_WRONLY | O_CLOEXEC)), Info(), Clock::Real());
  recorder.Take(BlockedLookup());
  EXPECT_FALSE(recorder.complete());
  EXPECT_EQ(recorder.lost().at("record"), 2u);
  EXPECT_FALSE(recorder.Finish().ok());
}

TEST(RecorderFailureTest, APathThatCannotBeWrittenSaysWhatToDo) {
  const auto recorder = Recorder::Open("/nonexistent/run.jsonl", Info(), Clock::Real());
  ASSERT_FALSE(recorder.ok());
  EXPECT_THAT(std::string(recorder.status().message()), HasSubstr("give a path in an existing folder"));
}

TEST_F(RecorderTest, ALineTornByAFullDiskSpoilsNoOther) {
  // A file that may grow to little more than the first line.
  const auto recorder = Open();
  struct stat status;
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  rlimit old;
  getrlimit(RLIMIT_FSIZE, &old);
  const rlimit little = {static_cast<rlim_t>(status.st_size) + 100, old.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &little);
  recorder->Take(BlockedLookup());
  setrlimit(RLIMIT_FSIZE, &old);
  EXPECT_FALSE(recorder->complete());
  recorder->Take(AllowedLookup("a.example"));
  const std::vector<std::string> lines = LinesOf(path_);
  ASSERT_THAT(lines, SizeIs(4)) << "begin, torn, the declared loss, the next event";
  EXPECT_FALSE(ReadRecordLine(lines[1]).ok());
  EXPECT_THAT(lines[2], HasSubstr("events were lost"));
  EXPECT_TRUE(ReadRecordLine(lines[3]).ok());
}

TEST_F(RecorderTest, EventsReadBackAsTheyWere) {
  const auto recorder = Open();
  Event contact = Contact("2001:db8::7", 443, {"a.example", "b.example"});
  contact.count = 12;
  contact.first_seen = contact.time - absl::Seconds(5);
  Event unix_call = BlockedLookup();
  unix_call.kind = EventKind::kUnix;
  unix_call.path = "/run/nscd/socket";
  unix_call.domain = "";
  unix_call.has_destination = false;
  Event unknown = AllowedLookup("x.example");
  unknown.process = {};
  const std::vector<Event> events = {BlockedLookup(), contact, unix_call, unknown};
  for (const Event& event : events) recorder->Take(event);
  const std::vector<std::string> lines = LinesOf(path_);
  for (size_t i = 0; i < events.size(); ++i) {
    const auto read = ReadRecordLine(lines[i + 1]);
    ASSERT_TRUE(read.ok());
    JsonLine original, again;
    AppendEvent(events[i], &original);
    Event copy = *read;
    // The server that was asked is shown, and nothing is made of it.
    copy.to = events[i].to;
    copy.has_destination = events[i].has_destination;
    AppendEvent(copy, &again);
    EXPECT_EQ(again.Object(), original.Object());
    EXPECT_EQ(read->time, events[i].time);
  }
  for (const absl::string_view bad : {"", "{", "[]", "{}", "{\"v\":2}", "null"})
    EXPECT_FALSE(ReadRecordLine(bad).ok()) << bad;
}

TEST(OneLineTest, IsTheFormThatPeopleGrepFor) {
  EXPECT_EQ(OneLine(BlockedLookup(), "blocklist"),
            "WARN DNS BLOCKED reason=FromDNSRequest blocked=true blockedAt=dns domain=github.com. pid=42 "
            "cmd=\"curl github.com\" script=\"deploy.sh:8\" firewallMethod=blocklist rule=\"deny suffix "
            "github.com\"");
  Event observed = BlockedLookup();
  observed.action = Action::kWouldBlock;
  EXPECT_THAT(OneLine(observed, "resolved"),
              StartsWith("WARN DNS WOULD_BLOCK reason=FromDNSRequest blocked=false blockedAt=dns"));
  EXPECT_THAT(OneLine(AllowedLookup("a.example"), "resolved"),
              StartsWith("INFO DNS ALLOWED reason=FromDNSRequest blocked=false domain=a.example. pid=42"));
  Event unknown = Contact("192.0.2.1", 443);
  unknown.action = Action::kBlocked;
  unknown.process = {};
  EXPECT_EQ(OneLine(unknown, "allowlist"),
            "WARN CONNECT BLOCKED reason=FromConnect blocked=true blockedAt=connect to=192.0.2.1:443 "
            "pid=unknown cmd=unknown "
            "firewallMethod=allowlist");
  Event hostile = BlockedLookup();
  hostile.process.name.command_line = "x\nWARN forged";
  EXPECT_THAT(OneLine(hostile, "m"), Not(HasSubstr("\n")));
}

TEST(ConsoleAnnouncerTest, SaysEachBlockOnce) {
  std::vector<std::string> lines;
  ConsoleAnnouncer announcer([&](const std::string& line) { lines.push_back(line); });
  announcer.Take(BlockedLookup());
  announcer.Take(BlockedLookup());
  announcer.Take(AllowedLookup("a.example"));
  Event elsewhere = BlockedLookup();
  elsewhere.process.script.line = 9;
  elsewhere.process.script.file = "/srv/app/deploy.sh";
  announcer.Take(elsewhere);
  EXPECT_THAT(lines,
              ElementsAre("haldane: blocked github.com (rule circular) pid=42 deploy.sh:8 curl github.com",
                          "haldane: blocked github.com (rule circular) pid=42 deploy.sh:9 curl github.com"));
}

TEST(ConsoleAnnouncerTest, FallsSilentBeforeItFloods) {
  std::vector<std::string> lines;
  ConsoleAnnouncer announcer([&](const std::string& line) { lines.push_back(line); });
  for (int i = 0; i < 5000; ++i) {
    Event event = BlockedLookup();
    event.domain = absl::StrCat("h", i, ".example");
    announcer.Take(event);
  }
  EXPECT_THAT(lines, SizeIs(1001));
  EXPECT_EQ(lines.back(), "haldane: more is blocked; the record has all of it");
}

TEST(OneLineLogTest, HasWhatIsWorthALook) {
  std::vector<std::string> lines;
  OneLineLog log("resolved", [&](const std::string& line) { lines.push_back(line); });
  log.Take(AllowedLookup("a.example"));
  EXPECT_THAT(lines, IsEmpty());
  Event warned = AllowedLookup("dns.google");
  warned.warned = true;
  log.Take(warned);
  log.Take(BlockedLookup());
  EXPECT_THAT(lines, SizeIs(2));
}

}  // namespace
}  // namespace haldane::guard
