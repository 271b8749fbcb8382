// What the browser tests look at: a database with rollouts that have a past,
// and then the hosts of those that go on, talking to a real controller.
//
//   dashboard-feed SCENARIO DATABASE      scenario: showcase, single
//
// Makes the database and says "seeded". Then, a line each on stdin:
//
//   connect HOST:PORT                  hosts report there, once a second
//   set SERVICE SIDE FIELD VALUE       from now on; side: canary, baseline
//   silent SERVICE INDEX 0|1           a host falls silent, or speaks again
//
// Ends with stdin.
#include <poll.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "controller/controller.h"
#include "controller/store/sqlite_event_store.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "tests/dashboard/scenarios.h"

namespace haldane::testing {
namespace {

// Lines that are there now, without waiting for more than `patience`.
bool ReadCommands(absl::Duration patience, std::string* buffer, std::vector<std::string>* lines) {
  pollfd input = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  const int ready = poll(&input, 1, static_cast<int>(absl::ToInt64Milliseconds(patience)));
  if (ready > 0) {
    char bytes[4096];
    const ssize_t count = read(STDIN_FILENO, bytes, sizeof(bytes));
    if (count <= 0) return false;
    buffer->append(bytes, static_cast<size_t>(count));
  }
  for (size_t end; (end = buffer->find('\n')) != std::string::npos; buffer->erase(0, end + 1)) {
    lines->push_back(buffer->substr(0, end));
  }
  return true;
}

bool SetField(const std::string& field, const std::string& value, FakeFleet::Host* host) {
  if (field == "errors")
    host->errors_per_request = std::stod(value);
  else if (field == "exceptions")
    host->exceptions_per_request = std::stod(value);
  else if (field == "requests")
    host->requests_per_second = std::stod(value);
  else if (field == "latency")
    host->latency_us = std::stod(value);
  else if (field == "new_class_every")
    host->new_class_every = std::stod(value);
  else if (field == "new_class")
    host->new_class = value;
  else
    return false;
  return true;
}

bool Obey(const std::string& line, Scenario* scenario, std::shared_ptr<grpc::Channel>* channel) {
  std::istringstream words(line);
  std::string verb, service, side, field, value;
  words >> verb;
  if (verb == "connect") {
    words >> value;
    *channel = grpc::CreateChannel(value, grpc::InsecureChannelCredentials());
    return true;
  }
  words >> service;
  for (const auto& candidate : scenario->services) {
    if (candidate->name() != service) continue;
    size_t index = 0;
    if (verb == "silent" && words >> index >> value && index < candidate->fleet().size()) {
      candidate->fleet().host(index).silent = value == "1";
      return true;
    }
    if (verb != "set" || !(words >> side >> field) || !std::getline(words >> std::ws, value)) return false;
    for (const size_t i : candidate->Side(side == "canary")) {
      if (!SetField(field, value, &candidate->fleet().host(i))) return false;
    }
    return true;
  }
  return false;
}

int Main(const std::string& name, const std::string& database) {
  std::unique_ptr<Scenario> scenario = MakeScenario(name);
  if (scenario == nullptr) {
    std::cerr << "dashboard-feed: there is no scenario " << name << "\n";
    return 2;
  }
  Seed(scenario.get(), database);
  std::cout << "seeded" << std::endl;

  std::shared_ptr<grpc::Channel> channel;
  std::string buffer;
  absl::Time next = absl::Now();
  for (;;) {
    std::vector<std::string> lines;
    if (!ReadCommands(std::max(absl::ZeroDuration(), next - absl::Now()), &buffer, &lines)) return 0;
    for (const std::string& line : lines) {
      if (!Obey(line, scenario.get(), &channel))
        std::cerr << "dashboard-feed: not understood: " << line << "\n";
    }
    if (absl::Now() < next) continue;
    next = std::max(next + absl::Seconds(1), absl::Now());
    if (channel == nullptr) continue;
    for (const auto& service : scenario->services) {
      service->fleet().Serve();
      service->ReportTo(channel);
    }
  }
}

}  // namespace
}  // namespace haldane::testing

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: dashboard-feed SCENARIO DATABASE\n";
    return 2;
  }
  return haldane::testing::Main(argv[1], argv[2]);
}
