/*
 * Standard output into a pipe that nobody reads yet: O_NONBLOCK fills it and is told EAGAIN, poll says when there is room again. The text
 * goes to stderr; the test begins to read when it sees "full".
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char block[65536];

int main(void) {
  struct pollfd entry = {.fd = 1, .events = POLLOUT};
  memset(block, 'x', sizeof block);
  printf("%s", "");
  fprintf(stderr, "at first %s\n", poll(&entry, 1, 0) == 1 && entry.revents == POLLOUT ? "writable" : "not writable");
  fcntl(1, F_SETFL, O_NONBLOCK);
  long total = 0;
  ssize_t count;
  while ((count = write(1, block, sizeof block)) > 0)
    total += count;
  fprintf(stderr, "%s after %s\n", strerror(errno), total >= 16384 ? "enough" : "too little");
  fprintf(stderr, "now %s\n", poll(&entry, 1, 0) == 0 ? "not writable" : "writable");
  fprintf(stderr, "full\n");
  int ready = poll(&entry, 1, -1);
  fprintf(stderr, "later %s\n", ready == 1 && entry.revents == POLLOUT ? "writable" : "not writable");
  return write(1, "end\n", 4) == 4 ? 0 : 1;
}
