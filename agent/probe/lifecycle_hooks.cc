#include "agent/probe/lifecycle_hooks.h"

#include <errno.h>

#include "absl/strings/str_cat.h"
#include "agent/kernel/libbpf_messages.h"
#include "bpf/haldane.skel.h"

namespace haldane::agent {

absl::Status LifecycleHooks::Attach() {
  if (attached()) return absl::OkStatus();
  LibbpfMessages messages;
  // Exits first: no child may be counted whose exit could go unseen.
  const auto& progs = programs_->progs;
  for (bpf_program* program : {progs.on_exit, progs.on_exec, progs.on_fork}) {
    Link link(bpf_program__attach(program));
    if (link == nullptr) {
      const int error = errno;
      placed_.Detach();
      return messages.Error(error, absl::StrCat("cannot attach to ", bpf_program__section_name(program)));
    }
    placed_.Add(std::move(link));
  }
  return absl::OkStatus();
}

}  // namespace haldane::agent
