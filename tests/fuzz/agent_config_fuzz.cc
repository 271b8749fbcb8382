// libFuzzer target: any bytes give a configuration or an error that names a line,
// never a crash.
#include <cstdint>
#include <cstdlib>

#include "absl/strings/match.h"
#include "agent/config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto config = haldane::agent::ParseConfig({reinterpret_cast<const char*>(data), size}, "a.yaml");
  if (!config.ok() && !absl::StartsWith(config.status().message(), "a.yaml:")) std::abort();
  if (config.ok() && (config->controller.empty() || config->host.empty())) std::abort();
  return 0;
}
