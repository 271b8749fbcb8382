// Attaches per_packet.bpf.c to a group and reads its records until stdin ends.
//
//   per_packet GROUP     prints "ready", and at the end how many it read
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "base/unique_fd.h"
#include "benchmarks/guard/per_packet.skel.h"

namespace {

int Count(void* read, void*, size_t) {
  ++*static_cast<uint64_t*>(read);
  return 0;
}

bool StdinEnded() {
  pollfd in = {.fd = 0, .events = POLLIN, .revents = 0};
  char byte;
  return poll(&in, 1, 0) > 0 && read(0, &byte, 1) <= 0;
}

}  // namespace

int main(int argc, char** argv) {
  const haldane::UniqueFd group(argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY) : -1);
  bench_per_packet* skeleton = group.is_open() ? bench_per_packet__open_and_load() : nullptr;
  if (skeleton == nullptr) {
    std::fprintf(stderr, "per_packet: give a group of version 2, as root\n");
    return 1;
  }
  uint64_t records = 0;
  bpf_link* link = bpf_program__attach_cgroup(skeleton->progs.per_packet, group.get());
  ring_buffer* ring = ring_buffer__new(bpf_map__fd(skeleton->maps.records), Count, &records, nullptr);
  if (link == nullptr || ring == nullptr) return 1;
  std::puts("ready");
  std::fflush(stdout);
  while (!StdinEnded()) ring_buffer__poll(ring, 100);
  std::printf("%llu\n", static_cast<unsigned long long>(records));
  ring_buffer__free(ring);
  bpf_link__destroy(link);
  bench_per_packet__destroy(skeleton);
  return 0;
}
