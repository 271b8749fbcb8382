#include "guard/attribution/kernel_askers.h"

#include <bpf/bpf.h>
#include <netinet/in.h>

#include <algorithm>
#include <utility>

#include "bpf/abi/guard_maps.h"

namespace haldane::guard {

KernelAskers::KernelAskers(int flows_fd, ProcessTable* processes, std::function<void()> drain)
    : flows_fd_(flows_fd), processes_(processes), drain_(std::move(drain)) {}

Asker KernelAskers::Find(const QueryFlow& flow) {
  haldane_guard_flow key = {};
  std::copy(flow.client.bytes.begin(), flow.client.bytes.end(), key.address);
  key.port = flow.client_port;
  const bool tcp = flow.transport == Transport::kTcp;
  key.protocol = tcp ? IPPROTO_TCP : IPPROTO_UDP;
  key.transaction = tcp ? 0 : flow.transaction_id;
  haldane_guard_asker found;
  if (bpf_map_lookup_elem(flows_fd_, &key, &found) != 0) return Asker();
  drain_();
  Asker asker;
  asker.process =
      processes_->Identify({found.tgid, found.start_ns}, found.tid, found.uid, Attribution::kFlow);
  std::copy(std::begin(found.server), std::end(found.server), asker.server.bytes.begin());
  asker.server_port = found.server_port;
  return asker;
}

}  // namespace haldane::guard
