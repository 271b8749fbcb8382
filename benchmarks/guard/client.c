/*
 * What a script does, timed from inside it. Nanoseconds on stdout.
 *
 *   client lookups COUNT       a lookup each, one line per lookup
 *   client datagrams COUNT     64-byte datagrams to one destination, the mean of all
 *   client stream MEGABYTES    bytes through one connection to port 9100, megabits per second
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static int reach(int type, const char* address, int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  inet_pton(AF_INET, address, &to.sin_addr);
  const int fd = socket(AF_INET, type, 0);
  const struct timeval patience = {.tv_sec = 5};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (fd < 0 || connect(fd, (struct sockaddr*)&to, sizeof to)) {
    perror("connect");
    exit(1);
  }
  return fd;
}

static int lookups(int count) {
  static const char question[] = "\7allowed\4test\0\0\1\0\1";
  unsigned char query[12 + sizeof question - 1] = {0, 0, 1, 0, 0, 1}, answer[512];
  memcpy(query + 12, question, sizeof question - 1);
  for (int i = 0; i < count; i++) {
    /* As glibc: a socket of its own for each. */
    const int fd = reach(SOCK_DGRAM, "10.9.0.4", 53);
    query[0] = (unsigned char)(i >> 8);
    query[1] = (unsigned char)i;
    const long long start = now();
    if (send(fd, query, sizeof query, 0) < 0 || recv(fd, answer, sizeof answer, 0) < 0) return 1;
    printf("%lld\n", now() - start);
    close(fd);
  }
  return 0;
}

static int datagrams(int count) {
  static char bytes[64];
  const int fd = reach(SOCK_DGRAM, "10.9.0.5", 9);
  send(fd, bytes, sizeof bytes, 0);
  const long long start = now();
  for (int i = 0; i < count; i++) send(fd, bytes, sizeof bytes, MSG_DONTWAIT);
  printf("%.1f\n", (double)(now() - start) / count);
  return 0;
}

static int stream(int megabytes) {
  static char bytes[1 << 20];
  const int fd = reach(SOCK_STREAM, "10.9.0.5", 9100);
  const long long start = now();
  for (int i = 0; i < megabytes; i++) {
    for (size_t sent = 0; sent < sizeof bytes;) {
      const ssize_t size = send(fd, bytes + sent, sizeof bytes - sent, 0);
      if (size < 0) return 1;
      sent += (size_t)size;
    }
  }
  shutdown(fd, SHUT_WR);
  recv(fd, bytes, 1, 0);
  printf("%.0f\n", megabytes * 8388.608e6 / (double)(now() - start));
  return 0;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int count = atoi(argv[2]);
  if (!strcmp(argv[1], "lookups")) return lookups(count);
  if (!strcmp(argv[1], "datagrams")) return datagrams(count);
  return strcmp(argv[1], "stream") ? 2 : stream(count);
}
