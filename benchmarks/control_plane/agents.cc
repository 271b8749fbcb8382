#include "benchmarks/control_plane/agents.h"

#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "haldane/v1/telemetry.grpc.pb.h"

namespace haldane::benchmarks {
namespace {

constexpr int kChannels = 20;
constexpr int kSlices = 100;  // of a second
constexpr int kRequestsPerSecond = 50;

}  // namespace

struct Agents::Agent final
    : grpc::ClientBidiReactor<haldane::v1::AgentMessage, haldane::v1::ControllerMessage> {
  Agent(haldane::v1::Telemetry::Stub* stub, std::string name, std::string service_name,
        std::string revision_name)
      : host(std::move(name)), service(std::move(service_name)), revision(std::move(revision_name)) {
    haldane::v1::Hello& hello = *message.mutable_hello();
    hello.set_host(host);
    hello.set_agent_version("0.1.0");
    hello.set_epoch(7);
    hello.mutable_compatibility()->set_profile(haldane::v1::Compatibility::PROFILE_FULL);
    stub->async()->Stream(&context, this);
    StartRead(&answer);
    StartWrite(&message);
    StartCall();
  }

  // One second has passed at this host.
  void Report() {
    absl::MutexLock lock(&mutex);
    if (done || writing) return;
    haldane::v1::Report& report = *message.mutable_report();
    report.Clear();
    report.set_sequence(++sequence);
    report.set_epoch(7);
    requests += kRequestsPerSecond;
    for (uint32_t pid = 1; pid <= 2; ++pid) {
      haldane::v1::ProcessSample& process = *report.add_processes();
      process.mutable_process()->set_pid(pid);
      process.mutable_process()->set_boot_id("boot");
      process.mutable_process()->set_start_ns(1000);
      for (const auto& [label, value] : {std::pair{"revision", revision}, std::pair{"service", service}}) {
        auto* added = process.add_labels();
        added->set_name(label);
        added->set_value(value);
      }
      process.set_age_ms(3'600'000 + sequence * 1000);
      process.set_counting(true);
      process.set_exception_source(haldane::v1::PROBE_SOURCE_USDT);
      haldane::v1::Counters& counters = *process.mutable_counters();
      counters.set_http_requests(requests);
      counters.set_http_5xx(requests / 500);
      counters.set_exceptions(requests / 50);
      counters.set_cpu_us(requests * 900);
      auto* of_class = counters.add_classes();
      of_class->set_name("Errno::ENOENT");
      of_class->set_count(requests / 50);
      for (uint32_t bucket = 100; bucket < 112; ++bucket) {
        auto* added = counters.mutable_http_latency()->add_buckets();
        added->set_index(bucket);
        added->set_count(requests / 12);
      }
    }
    sent_at = absl::Now();
    writing = true;
    StartWrite(&message);
  }

  void OnWriteDone(bool) override {
    absl::MutexLock lock(&mutex);
    writing = false;
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    {
      absl::MutexLock lock(&mutex);
      if (answer.has_ack() && answer.ack().sequence() > acknowledged) {
        acknowledged = answer.ack().sequence();
        if (acknowledged == sequence) waits.push_back(absl::ToDoubleSeconds(absl::Now() - sent_at));
      }
    }
    StartRead(&answer);
  }
  void OnDone(const grpc::Status&) override {
    absl::MutexLock lock(&mutex);
    done = true;
  }

  const std::string host, service, revision;
  grpc::ClientContext context;
  haldane::v1::AgentMessage message;
  haldane::v1::ControllerMessage answer;
  absl::Mutex mutex;
  bool writing = true;  // the hello
  bool done = false;
  uint64_t sequence = 0, acknowledged = 0, requests = 0;
  absl::Time sent_at;
  std::vector<double> waits;
};

Agents::Agents(const std::string& address, int hosts, int services) {
  std::vector<std::unique_ptr<haldane::v1::Telemetry::Stub>> stubs;
  for (int i = 0; i < kChannels; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt("haldane.connection", i);  // otherwise they would share one
    stubs.push_back(haldane::v1::Telemetry::NewStub(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments)));
  }
  for (int i = 0; i < hosts; ++i) {
    const bool canary = (i / services) % 2 == 0;
    agents_.push_back(std::make_unique<Agent>(stubs[static_cast<size_t>(i % kChannels)].get(),
                                              absl::StrCat("host-", i), absl::StrCat("svc-", i % services),
                                              canary ? "new" : "old"));
  }
}

Agents::~Agents() {
  for (const auto& agent : agents_) agent->context.TryCancel();
  for (const auto& agent : agents_) {
    absl::MutexLock lock(&agent->mutex);
    agent->mutex.Await(absl::Condition(&agent->done));
  }
}

Heard Agents::Run(int seconds) {
  Heard heard{.reports = agents_.size() * static_cast<size_t>(seconds)};
  uint64_t before = 0;
  for (const auto& agent : agents_) {
    absl::MutexLock lock(&agent->mutex);
    before += agent->acknowledged;
    agent->waits.clear();
  }
  absl::Time next = absl::Now();
  for (int slice = 0; slice < seconds * kSlices; ++slice) {
    for (size_t i = static_cast<size_t>(slice % kSlices); i < agents_.size(); i += kSlices)
      agents_[i]->Report();
    next += absl::Seconds(1) / kSlices;
    absl::SleepFor(next - absl::Now());
  }
  absl::SleepFor(absl::Seconds(1));
  std::vector<double> waits;
  for (const auto& agent : agents_) {
    absl::MutexLock lock(&agent->mutex);
    heard.acknowledged += agent->acknowledged;
    heard.streams_broken += agent->done;
    waits.insert(waits.end(), agent->waits.begin(), agent->waits.end());
  }
  heard.acknowledged -= before;
  if (!waits.empty()) {
    const auto at = waits.begin() + static_cast<std::ptrdiff_t>(waits.size() * 99 / 100);
    std::nth_element(waits.begin(), at, waits.end());
    heard.slowest_seconds = *at;
  }
  return heard;
}

}  // namespace haldane::benchmarks
