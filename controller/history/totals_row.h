#pragma once

#include <array>
#include <cstdint>
#include <iterator>

#include "controller/fleet/totals.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::controller {

// The totals of v1::Counters as plain numbers, in the order of kTotals: small
// enough to be kept for every process and every second. Classes and
// distributions are left out; they are no rates.
using TotalsRow = std::array<uint64_t, std::size(kTotals)>;

TotalsRow RowOf(const haldane::v1::Counters& counters);
haldane::v1::Counters CountersOf(const TotalsRow& row);

// True when some total of `now` is smaller than in `before`.
bool Shrank(const TotalsRow& before, const TotalsRow& now);

// Adds now - before to `sum`. REQUIRES: !Shrank(before, now).
void AddDifference(const TotalsRow& before, const TotalsRow& now, TotalsRow* sum);

}  // namespace haldane::controller
