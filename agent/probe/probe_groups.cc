#include "agent/probe/probe_groups.h"

#include <bpf/bpf.h>

#include <utility>

#include "agent/probe/interpreter_points.h"
#include "base/status_macros.h"
#include "bpf/abi/connection.h"
#include "bpf/haldane.skel.h"

namespace haldane::agent {
namespace {

template <typename Key>
void Clear(int map_fd) {
  Key key;
  while (bpf_map_get_next_key(map_fd, nullptr, &key) == 0) {
    if (bpf_map_delete_elem(map_fd, &key) != 0) return;
  }
}

// A head or a read that was noted while hooks were being detached would be taken
// for the thread's next one.
std::function<void()> ForgetThreads(bpf_map* pending) {
  return [fd = bpf_map__fd(pending)] { Clear<uint64_t>(fd); };
}

// Connections of before had requests and owners that nobody saw.
void ForgetConnections(haldane_bpf* programs) {
  Clear<haldane_connection_key>(bpf_map__fd(programs->maps.connections));
}

InterpreterGroup::Resolver LoadResolver(haldane_bpf* programs) {
  return [programs](const ElfImage& image) -> absl::StatusOr<std::vector<ProgramPoints>> {
    ASSIGN_OR_RETURN(std::vector<ProbePoint> points, FindLoads(image));
    return std::vector<ProgramPoints>{
        {programs->progs.load_multi, programs->progs.load_single, std::move(points)}};
  };
}

InterpreterGroup::Resolver PauseResolver(haldane_bpf* programs) {
  return [programs](const ElfImage& image) -> absl::StatusOr<std::vector<ProgramPoints>> {
    ASSIGN_OR_RETURN(PausePoints points, FindPauses(image));
    const auto& progs = programs->progs;
    return std::vector<ProgramPoints>{
        {progs.mark_begin_multi, progs.mark_begin_single, std::move(points.mark_begin)},
        {progs.mark_end_multi, progs.mark_end_single, std::move(points.mark_end)},
        {progs.sweep_begin_multi, progs.sweep_begin_single, std::move(points.sweep_begin)},
        {progs.sweep_end_multi, progs.sweep_end_single, std::move(points.sweep_end)}};
  };
}

}  // namespace

// Within a group, ends of system calls come first: no beginning may be noted whose
// end is missed.
ProbeGroups::ProbeGroups(haldane_bpf* programs, std::function<void()> forget_pauses)
    : vm_entries_(programs),
      sys_errors_("sys_errors", {"sys.errors"}, {programs->progs.on_sys_exit}, nullptr, nullptr),
      latency_(
          "latency", {"http.latency"},
          {programs->progs.exit_read, programs->progs.exit_readv, programs->progs.exit_recvfrom,
           programs->progs.exit_recvmsg, programs->progs.enter_read, programs->progs.enter_readv,
           programs->progs.enter_recvfrom, programs->progs.enter_recvmsg, programs->progs.exit_accept,
           programs->progs.exit_accept4},
          [programs, forget_reads = ForgetThreads(programs->maps.pending_reads)] {
            forget_reads();
            ForgetConnections(programs);
            programs->bss->latency_is_measured = 1;
          },
          [programs] { programs->bss->latency_is_measured = 0; }),
      loads_("loads", {"ruby.loads"}, {programs->progs.load_multi, programs->progs.load_single},
             LoadResolver(programs), nullptr),
      gc_pause_("gc_pause", {"ruby.gc.pause"},
                {programs->progs.mark_begin_multi, programs->progs.mark_begin_single,
                 programs->progs.mark_end_multi, programs->progs.mark_end_single,
                 programs->progs.sweep_begin_multi, programs->progs.sweep_begin_single,
                 programs->progs.sweep_end_multi, programs->progs.sweep_end_single},
                PauseResolver(programs), std::move(forget_pauses)),
      tcp_(
          "tcp", {"tcp.connect_failures", "tcp.resets", "tcp.retransmits"},
          {programs->progs.on_socket_state, programs->progs.on_retransmit, programs->progs.on_reset_sent,
           programs->progs.on_reset_received, programs->progs.own_accept, programs->progs.own_accept4},
          [programs] { ForgetConnections(programs); }, nullptr),
      signals_("signals", {"proc.oom_kills", "proc.signals"},
               {programs->progs.on_oom_victim, programs->progs.on_signal_generate,
                programs->progs.on_signal_deliver},
               nullptr, nullptr),
      raise_(programs),
      responses_("responses", {"http.4xx", "http.5xx", "http.requests"},
                 {programs->progs.exit_write, programs->progs.exit_sendto, programs->progs.exit_writev,
                  programs->progs.exit_sendmsg, programs->progs.enter_write, programs->progs.enter_sendto,
                  programs->progs.enter_writev, programs->progs.enter_sendmsg},
                 ForgetThreads(programs->maps.pending_responses), nullptr),
      order_({&vm_entries_, &sys_errors_, &latency_, &loads_, &gc_pause_, &tcp_, &usage_, &signals_, &raise_,
              &responses_}) {}

absl::Status ProbeGroups::Activate() {
  const absl::Status responses = responses_.Activate();
  for (GroupBase* group : order_) {
    if (group != &responses_) (void)group->Activate();  // a failure is a gap
  }
  return responses;
}

PlacedProbes ProbeGroups::Deactivate() {
  PlacedProbes placed;
  for (GroupBase* group : order_) placed.Add(group->Deactivate());
  return placed;
}

}  // namespace haldane::agent
