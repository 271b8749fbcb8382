/* The one definition of every map of the guard. */
#define HALDANE_DEFINE_MAPS
#include "bpf/lib/guard_maps.bpf.h"

char LICENSE[] SEC("license") = "GPL";
