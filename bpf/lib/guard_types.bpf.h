#pragma once

#include "bpf/lib/bpf.bpf.h"

/*
 * The kernel's structures, as far as the guard reads them. Offsets are not
 * these: they are relocated against the running kernel when the programs load.
 */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
  const unsigned char* name;
};

struct dentry {
  struct qstr d_name;
};

struct path {
  struct dentry* dentry;
};

struct inode {
  unsigned short i_mode;
  unsigned long i_ino;
};

struct file {
  struct inode* f_inode;
  struct path f_path;
  long long f_pos;
};

struct fdtable {
  unsigned int max_fds;
  struct file** fd;
};

struct files_struct {
  struct fdtable* fdt;
};

struct mm_struct {
  unsigned long arg_start, arg_end;
};

struct linux_binprm {
  const char* filename;
};

struct signal_struct {
  struct {
    int counter;
  } live;
};

struct kernfs_node {
  __u64 id;
};

struct cgroup {
  struct kernfs_node* kn;
  int level;
  struct cgroup* ancestors[];
};

struct css_set {
  struct cgroup* dfl_cgrp;
};

typedef struct {
  unsigned int val;
} kuid_t;

struct cred {
  kuid_t uid;
};

struct task_struct {
  int pid;
  int tgid;
  struct task_struct* group_leader;
  struct task_struct* real_parent;
  struct mm_struct* mm;
  struct files_struct* files;
  struct signal_struct* signal;
  struct css_set* cgroups;
  const struct cred* cred;
  __u64 start_boottime;
};

struct sockaddr_un {
  unsigned short sun_family;
  char sun_path[108];
};

struct bpf_sock_addr_kern {
  struct sockaddr_un* uaddr;
  __u32 uaddrlen;
};

#pragma clang attribute pop
