#include "agent/probe/kernel_hooks.h"

#include <bpf/bpf.h>
#include <errno.h>

#include <initializer_list>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "agent/kernel/libbpf_messages.h"
#include "agent/kernel/tracefs.h"
#include "base/status_macros.h"
#include "bpf/haldane.skel.h"

namespace haldane::agent {
namespace {

void DetachLastFirst(std::vector<Link>* links) {
  while (!links->empty()) links->pop_back();
}

// Attaches in this order; none stays when one fails.
absl::Status AttachAll(std::initializer_list<bpf_program*> programs, std::vector<Link>* links) {
  LibbpfMessages messages;
  for (bpf_program* program : programs) {
    Link link(bpf_program__attach(program));
    if (link == nullptr) {
      const int error = errno;
      DetachLastFirst(links);
      return messages.Error(error, absl::StrCat("cannot attach to ", bpf_program__section_name(program)));
    }
    links->push_back(std::move(link));
  }
  return absl::OkStatus();
}

// A head that was noted while hooks were being detached would be counted with
// its thread's next write.
void ForgetPending(int pending_fd) {
  uint64_t thread = 0;
  while (bpf_map_get_next_key(pending_fd, nullptr, &thread) == 0) {
    if (bpf_map_delete_elem(pending_fd, &thread) != 0) return;
  }
}

}  // namespace

absl::Status KernelHooks::AttachLifecycle() {
  if (!lifecycle_.empty()) return absl::OkStatus();
  // Exits first: no child may be counted whose exit could go unseen.
  const auto& progs = programs_->progs;
  return AttachAll({progs.on_exit, progs.on_exec, progs.on_fork}, &lifecycle_);
}

absl::Status KernelHooks::AttachResponses() {
  if (!responses_.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(EnsureTracefs());
  ForgetPending(bpf_map__fd(programs_->maps.pending_responses));
  // Ends of system calls first: no beginning may be noted whose end is missed.
  const auto& progs = programs_->progs;
  return AttachAll({progs.exit_write, progs.exit_sendto, progs.exit_writev, progs.exit_sendmsg,
                    progs.enter_write, progs.enter_sendto, progs.enter_writev, progs.enter_sendmsg},
                   &responses_);
}

void KernelHooks::Detach() {
  DetachLastFirst(&responses_);
  DetachLastFirst(&lifecycle_);
}

}  // namespace haldane::agent
