#pragma once

#include <bpf/libbpf.h>

#include <memory>

namespace haldane::agent {

struct LinkDetacher {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};

// Owns the attachment of one program; detaches it when destroyed. The kernel
// does the same when the process dies.
using Link = std::unique_ptr<bpf_link, LinkDetacher>;

}  // namespace haldane::agent
