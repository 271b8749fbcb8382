#pragma once

namespace haldane {

// Makes what gRPC itself has to say (failed handshakes, ports in use) lines of
// our log, as warnings. Once, before the first use of gRPC.
void RouteGrpcLog();

}  // namespace haldane
