// Waits at a rollout's gate and prints, for every answer, when it came (seconds
// of CLOCK_MONOTONIC) and how many canary requests it knew of.
//
//   gate_bench_watch ADDRESS ROLLOUT

#include <grpcpp/grpcpp.h>
#include <time.h>

#include <cstdio>
#include <memory>

#include "haldane/v1/gate.grpc.pb.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: gate_bench_watch ADDRESS ROLLOUT\n", stderr);
    return 2;
  }
  const auto stub =
      haldane::v1::Gate::NewStub(grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  haldane::v1::WaitRequest request;
  request.set_rollout(argv[2]);
  const auto reader = stub->Wait(&context, request);
  haldane::v1::WaitResponse response;
  while (reader->Read(&response)) {
    timespec now = {};
    clock_gettime(CLOCK_MONOTONIC, &now);
    double requests = 0;
    for (const haldane::v1::Finding& finding : response.rollout().verdict().findings()) {
      requests = finding.canary().exposure();
    }
    std::printf("%.6f %.0f\n", static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec),
                requests);
    std::fflush(stdout);
  }
  const grpc::Status status = reader->Finish();
  if (!status.ok()) std::fprintf(stderr, "gate_bench_watch: %s\n", status.error_message().c_str());
  return status.ok() ? 0 : 1;
}
