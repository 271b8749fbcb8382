// libFuzzer target: any bytes are read as an interpreter or refused, never a
// crash, and what is found lies within the file. Seed it with a small shared
// library that exports ruby_version, rb_exc_raise and rb_exc_fatal.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "agent/ruby/interpreter.h"
#include "base/unique_fd.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const haldane::UniqueFd file(memfd_create("elf", MFD_CLOEXEC));
  if (write(file.get(), data, size) != static_cast<ssize_t>(size)) std::abort();
  const auto ruby = haldane::agent::ReadInterpreter("/proc/self/fd/" + std::to_string(file.get()));
  if (!ruby.ok()) return 0;
  if (ruby->raise.explanation.empty()) std::abort();
  for (const haldane::agent::ProbePoint& point : ruby->raise.points) {
    if (point.file_offset >= size || point.semaphore_offset >= size) std::abort();
  }
  return 0;
}
