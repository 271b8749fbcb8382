#pragma once

#include <string>

#include "haldane/v1/verdict.pb.h"

namespace haldane::controller {

// Findings in words with their numbers, for sentences that people read. One way
// of saying it per kind of signal.

// "http.5xx at 2.94x the baseline (between 2.10x and 4.01x; 1.50x is
// tolerated): 412 in 8,211 requests on 3 canary hosts, 141 in ...".
std::string Numbers(const haldane::v1::Finding& finding);

// Why a clear signal is clear.
std::string Cleared(const haldane::v1::Finding& finding);

// What could still hide behind an undecided signal.
std::string CouldStillBe(const haldane::v1::Finding& finding);

// "; mostly Errno::EPIPE (12 on the canary, 0 on the baseline)", or empty.
std::string TopClass(const haldane::v1::Finding& finding);

}  // namespace haldane::controller
