// bench-control-plane CONTROLLER [--json FILE] [--hosts N]: what the controller
// costs beside a bare gRPC stream, with 10,000 agents and 200 watchers.
#include <grpcpp/create_channel.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmarks/control_plane/agents.h"
#include "benchmarks/control_plane/bare_server.h"
#include "benchmarks/control_plane/child.h"
#include "benchmarks/control_plane/watchers.h"
#include "benchmarks/probes/results.h"
#include "haldane/v1/rollout.grpc.pb.h"

namespace haldane::benchmarks {
namespace {

constexpr int kServices = 500;  // 20 hosts each
constexpr int kRollouts = 5;
constexpr int kWatchers = 200;
constexpr int kWarmUpSeconds = 5, kSeconds = 20;

// One server under load for some seconds.
struct Cost {
  Heard heard;
  double cpu_seconds = 0;

  double us_per_report() const { return cpu_seconds / static_cast<double>(heard.acknowledged) * 1e6; }
};

Cost Measure(const Child& server, Agents& agents) {
  agents.Run(kWarmUpSeconds);
  Cost cost;
  const double before = server.CpuSeconds();
  cost.heard = agents.Run(kSeconds);
  cost.cpu_seconds = server.CpuSeconds() - before;
  return cost;
}

std::string CostNote(const Cost& cost) {
  return absl::StrFormat("%d of %d reports acknowledged, %.0f %% of a core", cost.heard.acknowledged,
                         cost.heard.reports, cost.cpu_seconds / (kSeconds + 1) * 100);
}

bool OpenRollouts(const std::string& address) {
  const auto stub =
      haldane::v1::Rollouts::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  for (int i = 0; i < kRollouts; ++i) {
    grpc::ClientContext context;
    haldane::v1::CreateRolloutRequest request;
    haldane::v1::Rollout rollout;
    request.mutable_plan()->set_rollout(absl::StrCat("rollout-", i));
    request.mutable_plan()->set_service(absl::StrCat("svc-", i));
    for (auto* labels :
         {request.mutable_plan()->mutable_canary(), request.mutable_plan()->mutable_baseline()}) {
      auto* label = labels->Add();
      label->set_name("revision");
      label->set_value(labels == request.mutable_plan()->mutable_canary() ? "new" : "old");
    }
    if (const grpc::Status status = stub->Create(&context, request, &rollout); !status.ok()) {
      fprintf(stderr, "bench-control-plane: %s\n", status.error_message().c_str());
      return false;
    }
  }
  return true;
}

// The bare server first: what gRPC itself costs on this machine, just now.
double MeasureBare(const std::string& self, int hosts, std::vector<Result>* results) {
  const Child server({self, "--bare"}, "version");
  Agents agents(server.Field("address"), hosts, kServices);
  const Cost cost = Measure(server, agents);
  results->push_back({.claim = "a report to a bare gRPC stream that decodes and acknowledges",
                      .value = cost.us_per_report(),
                      .unit = "us",
                      .note = CostNote(cost)});
  return cost.us_per_report();
}

void MeasureController(const std::string& program, const std::string& directory, int hosts, double bare,
                       std::vector<Result>* results) {
  const Child server(
      {program, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--database", directory + "/bench.db"},
      "version");
  const double memory = server.ResidentBytes();
  Agents agents(server.Field("address"), hosts, kServices);
  const Cost ingest = Measure(server, agents);
  results->push_back({.claim = "the same to the controller",
                      .value = ingest.us_per_report(),
                      .unit = "us",
                      .note = CostNote(ingest)});
  results->push_back({.claim = absl::StrCat("ratio to the bare stream, ", hosts, " agents at 1 Hz"),
                      .value = ingest.us_per_report() / bare,
                      .unit = "x",
                      .bound = 1 / 0.7,
                      .note = "0.7 of a bare stream's throughput or more"});
  results->push_back({.claim = "memory of an agent with two processes",
                      .value = (server.ResidentBytes() - memory) / hosts / 1024,
                      .unit = "KiB",
                      .bound = 64,
                      .note = "of the controller's resident set"});

  if (!OpenRollouts(server.Field("address"))) return;
  Watchers watchers(std::atoi(server.Field("http_port").c_str()), kWatchers);
  agents.Run(kWarmUpSeconds);
  watchers.Take();
  const double before = server.CpuSeconds();
  Cost watched;
  watched.heard = agents.Run(kSeconds);
  watched.cpu_seconds = server.CpuSeconds() - before;
  const Seen seen = watchers.Take();
  results->push_back(
      {.claim = absl::StrCat("with ", kRollouts, " rollouts of 20 hosts and ", kWatchers, " watchers"),
       .value = watched.cpu_seconds / (kSeconds + 1),
       .unit = "cores",
       .note = CostNote(watched)});
  results->push_back({.claim = "streams of agents that broke",
                      .value = static_cast<double>(watched.heard.streams_broken),
                      .unit = "",
                      .bound = 0.5,
                      .note = "of all"});
  results->push_back({.claim = "reports that were not acknowledged within a second",
                      .value = 1 - static_cast<double>(watched.heard.acknowledged) /
                                       static_cast<double>(watched.heard.reports),
                      .unit = "share",
                      .bound = 0.01,
                      .note = absl::StrFormat("99 %% within %.0f ms", watched.heard.slowest_seconds * 1000)});
  results->push_back(
      {.claim = "watchers that were lost",
       .value = static_cast<double>(kWatchers - seen.connected),
       .unit = "",
       .bound = 0.5,
       .note = absl::StrFormat("%d views, %.1f MB/s", seen.events, seen.megabytes / (kSeconds + 1))});
  results->push_back({.claim = "longest time that a watcher saw nothing new",
                      .value = seen.longest_gap,
                      .unit = "s",
                      .bound = 2.5,
                      .note = "rollouts change once a second"});
}

int Run(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "--bare") == 0) RunBareServer();
  std::string program, json;
  int hosts = 10'000;
  for (int i = 1; i < argc; ++i) {
    if (strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
      json = argv[++i];
    } else if (strcmp(argv[i], "--hosts") == 0 && i + 1 < argc) {
      hosts = std::atoi(argv[++i]);
    } else {
      program = argv[i];
    }
  }
  if (program.empty() || hosts < kServices) {
    fprintf(stderr, "usage: bench-control-plane CONTROLLER [--json FILE] [--hosts N], N at least %d\n",
            kServices);
    return 2;
  }
  std::string directory = (std::filesystem::temp_directory_path() / "haldane-bench-XXXXXX").string();
  if (mkdtemp(directory.data()) == nullptr) return 2;
  std::vector<Result> results;
  const double bare = MeasureBare(std::filesystem::canonical("/proc/self/exe"), hosts, &results);
  MeasureController(program, directory, hosts, bare, &results);
  std::filesystem::remove_all(directory);

  printf("%u processors, shared with the load\n%s", std::thread::hardware_concurrency(),
         AsTable(results).c_str());
  if (!json.empty()) {
    std::ofstream file(json);
    file << AsJson(results) << std::flush;
    if (!file) {
      fprintf(stderr, "bench-control-plane: cannot write %s\n", json.c_str());
      return 2;
    }
  }
  for (const Result& result : results) {
    if (!result.met()) return 1;
  }
  return results.size() > 5 ? 0 : 1;
}

}  // namespace
}  // namespace haldane::benchmarks

int main(int argc, char** argv) { return haldane::benchmarks::Run(argc, argv); }
