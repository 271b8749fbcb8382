#pragma once

namespace haldane::benchmarks {

// What any server on gRPC pays: reads every report, decodes it and acknowledges
// it, and nothing else. Says where it listens as the controller does; never
// returns.
void RunBareServer();

}  // namespace haldane::benchmarks
