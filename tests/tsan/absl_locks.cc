// Abseil as Debian builds it does not tell ThreadSanitizer about its locks, and
// gRPC's are built on them: every hand-over between threads would be reported as
// a race. These definitions stand in front of the library's for the whole
// process, tell the sanitizer what each one orders, and call the real one.
//
// Linked into every test program of a ThreadSanitizer build, and nothing else.
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include <cstdio>
#include <cstdlib>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

// The library's own definition of the member whose mangled name is NAME, as a
// function of the object and ARGS.
#define HALDANE_REAL(RESULT, NAME, ...)                                                            \
  [] {                                                                                             \
    static const auto real = reinterpret_cast<RESULT (*)(__VA_ARGS__)>(haldane::RealAbseil(NAME)); \
    return real;                                                                                   \
  }()

namespace haldane {
namespace {

void* RealAbseil(const char* name) {
  void* real = dlsym(RTLD_NEXT, name);
  if (real == nullptr) {
    std::fprintf(stderr, "absl_locks.cc: this Abseil has no %s; give the mangled names that it has\n", name);
    std::abort();
  }
  return real;
}

template <typename T>
void Acquire(const T* object) {
  __tsan_acquire(const_cast<T*>(object));
}
template <typename T>
void Release(const T* object) {
  __tsan_release(const_cast<T*>(object));
}

}  // namespace
}  // namespace haldane

// What uninstrumented libraries do among themselves is not ours to judge.
extern "C" const char* __tsan_default_options() { return "ignore_noninstrumented_modules=1"; }

namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::Lock() {
  HALDANE_REAL(void, "_ZN4absl7debian35Mutex4LockEv", Mutex*)(this);
  haldane::Acquire(this);
}
void Mutex::Unlock() {
  haldane::Release(this);
  HALDANE_REAL(void, "_ZN4absl7debian35Mutex6UnlockEv", Mutex*)(this);
}
bool Mutex::TryLock() {
  const bool held = HALDANE_REAL(bool, "_ZN4absl7debian35Mutex7TryLockEv", Mutex*)(this);
  if (held) haldane::Acquire(this);
  return held;
}
void Mutex::ReaderLock() {
  HALDANE_REAL(void, "_ZN4absl7debian35Mutex10ReaderLockEv", Mutex*)(this);
  haldane::Acquire(this);
}
void Mutex::ReaderUnlock() {
  haldane::Release(this);
  HALDANE_REAL(void, "_ZN4absl7debian35Mutex12ReaderUnlockEv", Mutex*)(this);
}
void Mutex::LockWhen(const Condition& condition) {
  HALDANE_REAL(void, "_ZN4absl7debian35Mutex8LockWhenERKNS0_9ConditionE", Mutex*, const Condition&)
  (this, condition);
  haldane::Acquire(this);
}
bool Mutex::LockWhenWithTimeout(const Condition& condition, Duration timeout) {
  const bool met =
      HALDANE_REAL(bool, "_ZN4absl7debian35Mutex19LockWhenWithTimeoutERKNS0_9ConditionENS0_8DurationE",
                   Mutex*, const Condition&, Duration)(this, condition, timeout);
  haldane::Acquire(this);
  return met;
}
bool Mutex::LockWhenWithDeadline(const Condition& condition, Time deadline) {
  const bool met =
      HALDANE_REAL(bool, "_ZN4absl7debian35Mutex20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE", Mutex*,
                   const Condition&, Time)(this, condition, deadline);
  haldane::Acquire(this);
  return met;
}
void Mutex::Await(const Condition& condition) {
  haldane::Release(this);
  HALDANE_REAL(void, "_ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE", Mutex*, const Condition&)
  (this, condition);
  haldane::Acquire(this);
}
bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  haldane::Release(this);
  const bool met =
      HALDANE_REAL(bool, "_ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE", Mutex*,
                   const Condition&, Duration)(this, condition, timeout);
  haldane::Acquire(this);
  return met;
}
bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  haldane::Release(this);
  const bool met = HALDANE_REAL(bool, "_ZN4absl7debian35Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE",
                                Mutex*, const Condition&, Time)(this, condition, deadline);
  haldane::Acquire(this);
  return met;
}

void CondVar::Wait(Mutex* mutex) {
  haldane::Release(mutex);
  HALDANE_REAL(void, "_ZN4absl7debian37CondVar4WaitEPNS0_5MutexE", CondVar*, Mutex*)(this, mutex);
  haldane::Acquire(mutex);
}
bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  haldane::Release(mutex);
  const bool timed_out =
      HALDANE_REAL(bool, "_ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE", CondVar*,
                   Mutex*, Duration)(this, mutex, timeout);
  haldane::Acquire(mutex);
  return timed_out;
}
bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  haldane::Release(mutex);
  const bool timed_out =
      HALDANE_REAL(bool, "_ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE", CondVar*,
                   Mutex*, Time)(this, mutex, deadline);
  haldane::Acquire(mutex);
  return timed_out;
}

void Notification::Notify() {
  haldane::Release(this);
  HALDANE_REAL(void, "_ZN4absl7debian312Notification6NotifyEv", Notification*)(this);
}
void Notification::WaitForNotification() const {
  HALDANE_REAL(void, "_ZNK4absl7debian312Notification19WaitForNotificationEv", const Notification*)(this);
  haldane::Acquire(this);
}
bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  const bool notified =
      HALDANE_REAL(bool, "_ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_8DurationE",
                   const Notification*, Duration)(this, timeout);
  if (notified) haldane::Acquire(this);
  return notified;
}
bool Notification::WaitForNotificationWithDeadline(Time deadline) const {
  const bool notified =
      HALDANE_REAL(bool, "_ZNK4absl7debian312Notification31WaitForNotificationWithDeadlineENS0_4TimeE",
                   const Notification*, Time)(this, deadline);
  if (notified) haldane::Acquire(this);
  return notified;
}

bool BlockingCounter::DecrementCount() {
  haldane::Release(this);
  return HALDANE_REAL(bool, "_ZN4absl7debian315BlockingCounter14DecrementCountEv", BlockingCounter*)(this);
}
void BlockingCounter::Wait() {
  HALDANE_REAL(void, "_ZN4absl7debian315BlockingCounter4WaitEv", BlockingCounter*)(this);
  haldane::Acquire(this);
}

ABSL_NAMESPACE_END
}  // namespace absl
