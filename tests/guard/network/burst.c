/*
 * Thousands of processes that ask for a name holding their own pid.
 *
 *   burst COUNT PARALLEL wait|leave
 *
 * "leave": each exits the moment that its query is sent, all with the same
 * transaction number. Each executes this program anew, so that its command line
 * is its own: "burst child PID MODE".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int ask(int waits) {
  unsigned char query[128] = {0x48, 0x61, 1, 0, 0, 1};
  if (waits) memcpy(query, &(unsigned short){(unsigned short)getpid()}, 2);
  char label[32];
  const int length = sprintf(label, "p%d", (int)getpid());
  size_t at = 12;
  query[at++] = (unsigned char)length;
  memcpy(query + at, label, (size_t)length);
  at += (size_t)length;
  memcpy(query + at, "\5burst\4test\0\0\1\0\1", 16);
  at += 16;
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(53)};
  inet_pton(AF_INET, "10.9.0.2", &server.sin_addr);
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const struct timeval patience = {.tv_sec = 10};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (connect(fd, (struct sockaddr*)&server, sizeof server) || send(fd, query, at, 0) < 0) return 1;
  if (!waits) _exit(0);
  return recv(fd, query, sizeof query, 0) < 0;
}

int main(int argc, char** argv) {
  if (argc == 4 && !strcmp(argv[1], "child")) return ask(!strcmp(argv[3], "wait"));
  if (argc != 4) return 2;
  const int count = atoi(argv[1]), parallel = atoi(argv[2]);
  int running = 0, failed = 0, status;
  for (int i = 0; i < count; i++) {
    if (running == parallel) {
      if (wait(&status) > 0) failed += status != 0;
      running--;
    }
    if (fork() == 0) {
      char own[16];
      sprintf(own, "%d", (int)getpid());
      execl("/proc/self/exe", argv[0], "child", own, argv[3], (char*)0);
      _exit(1);
    }
    running++;
  }
  while (wait(&status) > 0) failed += status != 0;
  sleep(1); /* the last queries of those that left are still on their way */
  return failed != 0;
}
