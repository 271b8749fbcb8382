#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

#include "controller/controller.h"
#include "tests/fakes/fake_fleet.h"

namespace haldane::testing {

// The hosts of one service, first inside a controller whose time is simulated
// and then over gRPC, with the same agents and totals going on.
class PretendedService {
 public:
  PretendedService(std::string name, uint64_t seed, int per_side, const FakeFleet::Host& canary,
                   const FakeFleet::Host& baseline);
  ~PretendedService();

  const std::string& name() const { return name_; }
  FakeFleet& fleet() { return fleet_; }
  // Indexes of the hosts of one side.
  std::vector<size_t> Side(bool canary) const;
  std::string HostName(size_t index) const;

  // Every host but silent ones tells the controller what it has counted.
  void ReportTo(controller::Controller* controller);
  // The streams into that controller end.
  void Leave(controller::Controller* controller);
  // The same over the network; streams that broke are opened again.
  void ReportTo(const std::shared_ptr<grpc::Channel>& channel);

 private:
  struct Inside;
  struct Outside;
  haldane::v1::AgentMessage Hello(size_t index) const;
  haldane::v1::AgentMessage NextReport(size_t index);

  const std::string name_;
  FakeFleet fleet_;
  std::vector<uint64_t> sequences_;
  std::vector<std::unique_ptr<Inside>> inside_;
  std::vector<std::unique_ptr<Outside>> outside_;
};

}  // namespace haldane::testing
