#include "controller/evidence/exits.h"

#include <csignal>

namespace haldane::controller {

bool IsCrash(const haldane::v1::Exit& exit) {
  switch (exit.signal()) {
    case SIGSEGV:
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGSYS:
    case SIGTRAP:
      return true;
    default:
      return false;
  }
}

}  // namespace haldane::controller
