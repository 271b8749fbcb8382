#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "agent/ruby/elf_image.h"
#include "agent/ruby/symbols.h"

namespace haldane::agent {

// Finds rb_longjmp, the static function through which every Ruby exception
// passes, in a binary without its symbol, by following the calls that the two
// exported functions around it make:
//
//   up to Ruby 3.0:   rb_exc_raise, rb_exc_fatal -> rb_longjmp(ec, TAG, ...)
//   from Ruby 3.1:    rb_exc_raise, rb_exc_fatal -> wrapper(..., TAG, cause)
//                     wrapper -> rb_longjmp(ec, TAG, exception, cause)
//
// TAG is 6 in rb_exc_raise and 8 in rb_exc_fatal. Both must lead to the same
// function by the same way, exactly one call must pass the arguments on as
// above, and what is found must begin like a function that saves its exception
// and cause. FAILED_PRECONDITION with the reason when in any doubt.
absl::StatusOr<uint64_t> RecoverLongjmp(const ElfImage& image, const ElfSymbol& exc_raise,
                                        const ElfSymbol& exc_fatal);

}  // namespace haldane::agent
