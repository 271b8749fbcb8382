// gRPC hands an operation from the thread that starts it to the thread that is
// told of its end through its own lock-free queues, which ThreadSanitizer does
// not see in Debian's build. These definitions stand in front of the library's,
// as those of absl_locks.cc do, and say what the hand-over orders.
#include <dlfcn.h>
#include <grpc/grpc.h>
#include <sanitizer/tsan_interface.h>

#include <cstdio>
#include <cstdlib>

namespace {

template <typename Function>
Function* RealGrpc(const char* name) {
  void* real = dlsym(RTLD_NEXT, name);
  if (real == nullptr) {
    std::fprintf(stderr, "grpc_handover.cc: this gRPC has no %s\n", name);
    std::abort();
  }
  return reinterpret_cast<Function*>(real);
}

grpc_event Received(grpc_event event) {
  if (event.type == GRPC_OP_COMPLETE) __tsan_acquire(event.tag);
  return event;
}

}  // namespace

extern "C" {

grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops, size_t count, void* tag,
                                      void* reserved) {
  static const auto real = RealGrpc<decltype(grpc_call_start_batch)>("grpc_call_start_batch");
  __tsan_release(tag);
  return real(call, ops, count, tag, reserved);
}

grpc_event grpc_completion_queue_next(grpc_completion_queue* queue, gpr_timespec deadline, void* reserved) {
  static const auto real = RealGrpc<decltype(grpc_completion_queue_next)>("grpc_completion_queue_next");
  return Received(real(queue, deadline, reserved));
}

grpc_event grpc_completion_queue_pluck(grpc_completion_queue* queue, void* tag, gpr_timespec deadline,
                                       void* reserved) {
  static const auto real = RealGrpc<decltype(grpc_completion_queue_pluck)>("grpc_completion_queue_pluck");
  return Received(real(queue, tag, deadline, reserved));
}

// The last of several threads that are done with a call destroys it; which one
// that is, is counted inside the library. Its own threads end by themselves
// when idle, and need not have been joined when the program ends first.
const char* __tsan_default_suppressions() {
  return "race:grpc::internal::*::~ServerCallback*Impl\n"
         "thread:grpc_core::Thread::Thread\n";
}

}  // extern "C"
