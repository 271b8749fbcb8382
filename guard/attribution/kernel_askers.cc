#include "guard/attribution/kernel_askers.h"

#include <bpf/bpf.h>
#include <netinet/in.h>
#include <string.h>

#include <algorithm>
#include <utility>

#include "absl/strings/string_view.h"

namespace haldane::guard {
namespace {

uint32_t Digest(absl::string_view message) {
  __u64 words[HALDANE_GUARD_DIGESTED / 8] = {};
  memcpy(words, message.data(), std::min(message.size(), sizeof words));
  return haldane_guard_digest(words);
}

}  // namespace

KernelAskers::KernelAskers(int flows_fd, ProcessTable* processes, std::function<void()> drain)
    : flows_fd_(flows_fd), processes_(processes), drain_(std::move(drain)) {}

haldane_guard_flow FlowKey(const QueryFlow& flow) {
  haldane_guard_flow key = {};
  std::copy(flow.client.bytes.begin(), flow.client.bytes.end(), key.address);
  key.port = flow.client_port;
  const bool tcp = flow.transport == Transport::kTcp;
  key.protocol = tcp ? IPPROTO_TCP : IPPROTO_UDP;
  key.message = tcp ? 0 : Digest(flow.message);
  return key;
}

Asker KernelAskers::Find(const QueryFlow& flow) {
  const haldane_guard_flow key = FlowKey(flow);
  haldane_guard_asker found;
  if (bpf_map_lookup_elem(flows_fd_, &key, &found) != 0) return Asker();
  drain_();
  Asker asker;
  if (found.tgid != 0) {
    asker.process =
        processes_->Identify({found.tgid, found.start_ns}, found.tid, found.uid, Attribution::kFlow);
  }
  std::copy(std::begin(found.server), std::end(found.server), asker.server.bytes.begin());
  asker.server_port = found.server_port;
  return asker;
}

}  // namespace haldane::guard
