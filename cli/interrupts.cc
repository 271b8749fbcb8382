#include "cli/interrupts.h"

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>

namespace haldane::cli {

UniqueFd CatchInterrupts() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return UniqueFd(signalfd(-1, &signals, SFD_CLOEXEC));
}

}  // namespace haldane::cli
