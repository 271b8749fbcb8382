#include "rpc/grpc_log.h"

#include <grpc/support/log.h>

#include "base/log.h"

namespace haldane {

void RouteGrpcLog() {
  // gRPC calls an error what is one for a connection, seldom for the process.
  gpr_set_log_function([](gpr_log_func_args* args) {
    LogWarning("grpc", {{"message", args->message}, {"source", args->file}, {"line", args->line}});
  });
}

}  // namespace haldane
