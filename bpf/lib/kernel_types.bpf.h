#pragma once

#include "bpf/lib/bpf.bpf.h"

/*
 * The kernel's structures, as far as we read them. Offsets are not these: they
 * are relocated against the running kernel when the programs are loaded.
 */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
  int counter;
} atomic_t;

struct inode {
  unsigned short i_mode;
};

struct file {
  struct inode* f_inode;
  void* private_data;
};

struct sock;

struct socket {
  struct sock* sk;
};

struct fdtable {
  unsigned int max_fds;
  struct file** fd;
};

struct files_struct {
  struct fdtable* fdt;
};

struct sched_entity {
  __u64 sum_exec_runtime;
};

struct signal_struct {
  atomic_t live;
  /* Of threads that are gone. */
  unsigned long maj_flt;
  unsigned long long sum_sched_runtime;
};

struct task_struct {
  struct sched_entity se;
  int exit_code;
  int pid;
  int tgid;
  struct task_struct* group_leader;
  __u64 start_boottime;
  unsigned long maj_flt;
  struct files_struct* files;
  struct signal_struct* signal;
};

#pragma clang attribute pop
