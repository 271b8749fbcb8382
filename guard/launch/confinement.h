#pragma once

#include <string>
#include <vector>

namespace haldane::guard {

// What the child does to itself before it becomes the script. Called after
// clone in a single-threaded copy: no locks, no allocation to speak of. Each
// returns 0 or the errno, and the child gives up on any.

// A view of the files of its own, in which `hidden` cannot be connected to and
// `read_only` mounts cannot be written. What does not exist needs no hiding.
int ConfineMounts(const std::vector<std::string>& hidden, const std::vector<std::string>& read_only);

// No raw packets and no way around the network's hooks: drops CAP_NET_RAW for
// ever and refuses sockets of the families AF_PACKET, AF_VSOCK and AF_XDP.
int ConfineSockets();

}  // namespace haldane::guard
