#include "agent/ruby/known_builds.h"

namespace haldane::agent {

absl::Span<const KnownBuild> KnownBuilds() {
  static constexpr KnownBuild kBuilds[] = {
      {"82fea422538a51208c1a9ac87cfd303eece65582", 0xb0d90, "Debian 11, libruby2.7 2.7.4-1+deb11u1"},
      {"803542d97ea70c8f19d5fb7f9fd3b828e3e9ada4", 0xbbca0, "Debian 12, libruby3.1 3.1.2-7+deb12u1"},
      {"f15efb61d1a23f302e244b44c3861b3540113d23", 0xe66b0, "Debian 13, libruby3.3 3.3.8-2"},
  };
  return kBuilds;
}

}  // namespace haldane::agent
