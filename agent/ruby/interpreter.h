#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "agent/ruby/elf_image.h"
#include "agent/ruby/probe_point.h"

namespace haldane::agent {

// A file that is a Ruby interpreter (libruby or a static ruby), and how to
// probe it.
struct Interpreter {
  std::string build_id;  // hex; empty when the file has none
  std::string version;   // such as 3.1.2; empty when it cannot be read
  RaiseProbe raise;
};

// Reads the ELF file at `path` and decides whether it is a Ruby interpreter: it
// exports ruby_version and rb_exc_raise (never by its name). The file is
// untrusted: every offset is checked, and nothing larger than a fixed bound is
// read.
//
// NOT_FOUND: a sound ELF file that is not Ruby. INVALID_ARGUMENT: not a sound
// x86-64 ELF file; the message names the path and the field. Others: errno of
// the open or read. A Ruby for which no probe point is found is Ok, with source
// NONE and an explanation.
absl::StatusOr<Interpreter> ReadInterpreter(const std::string& path);
// The same of a file that is open already, with the same errors from then on.
absl::StatusOr<Interpreter> ReadInterpreter(const ElfImage& image);

}  // namespace haldane::agent
