#pragma once

#include <string>

#include "controller/evidence/evidence.h"
#include "haldane/v1/plan.pb.h"
#include "haldane/v1/verdict.pb.h"

namespace haldane::controller {

// The sentence that a person reads: what was decided or is being waited for,
// and the numbers that say why. Made from the same findings as the decision.
// Pure.
std::string Explain(const haldane::v1::Plan& plan, const Evidence& evidence,
                    const haldane::v1::Verdict& verdict);

}  // namespace haldane::controller
