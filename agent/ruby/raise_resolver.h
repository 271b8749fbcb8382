#pragma once

#include <string>

#include "agent/ruby/elf_image.h"
#include "agent/ruby/probe_point.h"
#include "agent/ruby/symbols.h"

namespace haldane::agent {

// Chooses how the exceptions of a Ruby interpreter are counted. In this order,
// the first that can be probed at the cost of an emulated instruction:
//
//   1. the USDT tracepoint ruby:raise whose class name is in a register
//   2. rb_longjmp by name, in .symtab
//   3. rb_longjmp by name, in mini debug info (.gnu_debugdata)
//   4. rb_longjmp by name, in a separate debug file below `debug_root`
//   5. rb_longjmp by build id, from the table of known builds
//   6. rb_longjmp recovered from machine code
//   7. the USDT tracepoint without its class name
//   8. rb_exc_raise and rb_make_exception by dynamic symbol, in a shared library:
//      may miss or double, so the source says DEGRADED
//
// or NONE. `dynamic` is the image's own dynamic symbol table. The explanation
// tells what was chosen and why everything before it was not.
RaiseProbe ResolveRaise(const ElfImage& image, const SymbolTable& dynamic,
                        const std::string& debug_root = "/usr/lib/debug");

}  // namespace haldane::agent
