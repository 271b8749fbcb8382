/* Linked statically against musl: a resolver that asks without connecting and
 * takes no answer from anybody else. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = 0;
  const int error = getaddrinfo(argv[1], "80", &hints, &list);
  if (error) {
    printf("%s\n", gai_strerror(error));
    return 1;
  }
  char text[64];
  getnameinfo(list->ai_addr, list->ai_addrlen, text, sizeof text, 0, 0, NI_NUMERICHOST);
  printf("%s\n", text);
  freeaddrinfo(list);
  return 0;
}
