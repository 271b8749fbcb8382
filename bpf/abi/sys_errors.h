#pragma once

/* Which failed system calls are errors, and of which class. The kernel program
 * decides by these lists; docs/signals.md prints them. */

#define HALDANE_SYS_ERROR_CLASS_LIST(X) \
  X(NETWORK, "network")                 \
  X(FILES, "files")                     \
  X(RESOURCES, "resources")             \
  X(PERMISSION, "permission")           \
  X(OTHER, "other")

enum haldane_sys_error_class {
#define HALDANE_SYS_ERROR_CLASS(name, text) HALDANE_SYS_ERROR_##name,
  HALDANE_SYS_ERROR_CLASS_LIST(HALDANE_SYS_ERROR_CLASS)
#undef HALDANE_SYS_ERROR_CLASS
      HALDANE_SYS_ERROR_CLASSES
};

enum {
  HALDANE_LARGEST_ERRNO = 133, /* above are the kernel's own, such as ERESTARTSYS */
};

/* Errors of these codes, in this class; all others are OTHER. Socket errors
 * (ENOTSOCK to EINPROGRESS) are NETWORK without being listed. */
/* clang-format off */
#define HALDANE_SYS_ERROR_CODES(X) \
  X(FILES, ENOENT) X(FILES, EIO) X(FILES, ENXIO) X(FILES, EBADF) X(FILES, EEXIST) X(FILES, EXDEV) \
  X(FILES, ENODEV) X(FILES, ENOTDIR) X(FILES, EISDIR) X(FILES, ETXTBSY) X(FILES, EFBIG) \
  X(FILES, ESPIPE) X(FILES, EROFS) X(FILES, EMLINK) X(FILES, ENAMETOOLONG) X(FILES, ENOTEMPTY) \
  X(FILES, ELOOP) X(FILES, ESTALE) X(RESOURCES, EAGAIN) X(RESOURCES, ENOMEM) X(RESOURCES, ENFILE) \
  X(RESOURCES, EMFILE) X(RESOURCES, ENOSPC) X(RESOURCES, EDQUOT) X(RESOURCES, ENOLCK) \
  X(RESOURCES, ENOBUFS) X(PERMISSION, EPERM) X(PERMISSION, EACCES) X(NETWORK, EPIPE)
/* clang-format on */

/* Codes that are no error whatever the call, except those that make a process or
 * a thread: there EAGAIN means that there is no room for one. */
#define HALDANE_SYS_ERRORS_IGNORED(X) X(EAGAIN) X(EINTR) X(ENOSYS)
#define HALDANE_SYS_ERRORS_SPAWNING(X) X(fork) X(vfork) X(clone) X(clone3)

/* Codes that are no error of that call: it asks, and this is an answer. */
/* clang-format off */
#define HALDANE_SYS_ERRORS_ORDINARY(X) \
  X(ENOENT, open) X(ENOENT, openat) X(ENOENT, openat2) X(ENOENT, stat) X(ENOENT, lstat) \
  X(ENOENT, newfstatat) X(ENOENT, statx) X(ENOENT, access) X(ENOENT, faccessat) X(ENOENT, faccessat2) \
  X(ENOENT, readlink) X(ENOENT, readlinkat) X(ENOENT, execve) X(ENOENT, unlink) X(ENOENT, unlinkat) \
  X(ENOENT, epoll_ctl) X(ENOTDIR, open) X(ENOTDIR, openat) X(ENOTDIR, stat) X(ENOTDIR, lstat) \
  X(ENOTDIR, newfstatat) X(ENOTDIR, statx) X(ENOTDIR, access) X(ENOTDIR, faccessat) \
  X(ENOTDIR, faccessat2) X(ENOTDIR, readlink) X(ENOTDIR, readlinkat) X(ENOTDIR, execve) \
  X(EEXIST, mkdir) X(EEXIST, mkdirat) X(EEXIST, epoll_ctl) X(EPERM, epoll_ctl) X(EINVAL, readlink) \
  X(EINVAL, readlinkat) X(ENOTTY, ioctl) X(ESPIPE, lseek) X(EINPROGRESS, connect) X(EALREADY, connect) \
  X(EISCONN, connect) X(ENOTCONN, getpeername) X(ENOTCONN, shutdown) X(EOPNOTSUPP, setsockopt) \
  X(EOPNOTSUPP, getsockopt) X(ENOPROTOOPT, getsockopt) X(ETIMEDOUT, futex) X(ECHILD, wait4) \
  X(ECHILD, waitid) X(ESRCH, kill) X(ESRCH, tgkill) X(ENODATA, getxattr) X(ENODATA, lgetxattr) \
  X(ENODATA, fgetxattr)
/* clang-format on */
