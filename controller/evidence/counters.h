#pragma once

#include "haldane/v1/telemetry.pb.h"

namespace haldane::controller {

// Arithmetic on the totals and distributions of v1::Counters. It walks the
// message's own fields, so a counter that is added to the contract is added up
// without a change here. Classes (ClassCount) are left alone: only the largest
// are reported, so their absence says nothing (see process_ledger.h).

// Adds every counter and bucket of `difference` to `sum`.
void AddCounters(const haldane::v1::Counters& difference, haldane::v1::Counters* sum);

// True when some counter or bucket of `now` is smaller than in `before`, which
// cannot be true of totals.
bool Shrank(const haldane::v1::Counters& before, const haldane::v1::Counters& now);

// now - before. REQUIRES: !Shrank(before, now).
haldane::v1::Counters Subtract(const haldane::v1::Counters& now, const haldane::v1::Counters& before);

}  // namespace haldane::controller
