/* The one definition of every map. */
#define HALDANE_DEFINE_MAPS
#include "bpf/lib/maps.bpf.h"

char LICENSE[] SEC("license") = "GPL";
