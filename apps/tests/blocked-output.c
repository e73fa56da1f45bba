/*
 * Two threads, one of which writes more to stdout than its reader takes. What the other one does then must not wait for it.
 *
 *     line     writes a line to stderr, whose reader reads stdout only then
 *     requests asks about stdin and stdout, which nobody reads, and then as `line`
 *     exit     ends the process with status 3; nobody reads
 *     signal   interrupts the write, which answers with what it has written, and a second one, which has written nothing
 *     order    one thread: lines to stdout and stderr in turn, for a reader of both
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1 << 20, LINES = 4000 };

static char block[BLOCK_BYTES];
static pthread_t main_thread;
static volatile int is_done;

static int is_full(void) {
  struct pollfd entry = {.fd = 1, .events = POLLOUT};
  return poll(&entry, 1, 0) == 0;
}

static void wait_until_full(void) {
  while (!is_full())
    sched_yield();
}

static void say(const char *text) {
  if (write(2, text, strlen(text)) != (ssize_t)strlen(text))
    _exit(9);
}

static void *write_block(void *unused) {
  (void)unused;
  ssize_t count = write(1, block, sizeof block);
  return (void *)(long)(count == (ssize_t)sizeof block ? 0 : 1);
}

/* Writes the block in a thread of its own, does `act` when it is stuck, and waits for it. */
static int while_stuck(void (*act)(void)) {
  pthread_t writer;
  void *result;
  if (pthread_create(&writer, NULL, write_block, NULL) != 0)
    return 8;
  wait_until_full();
  act();
  pthread_join(writer, &result);
  return result == NULL ? 0 : 7;
}

static void say_line(void) {
  say("a line\n");
}

static void ask_and_say(void) {
  int bytes = -1;
  struct pollfd entry = {.fd = 0, .events = POLLIN};
  if (ioctl(0, FIONREAD, &bytes) != 0 || bytes != 0)
    say("ioctl: wrong\n");
  if (poll(&entry, 1, 0) != 0)
    say("poll: wrong\n");
  say_line();
}

static void end(void) {
  _exit(3);
}

static void on_signal(int number) {
  (void)number;
}

static void *interrupt(void *unused) {
  (void)unused;
  wait_until_full();
  /* Again and again: the first may come before the write has begun. */
  while (!is_done) {
    pthread_kill(main_thread, SIGUSR1);
    sched_yield();
  }
  return NULL;
}

static ssize_t write_interrupted(void) {
  pthread_t other;
  is_done = 0;
  if (pthread_create(&other, NULL, interrupt, NULL) != 0)
    _exit(8);
  ssize_t count = write(1, block, sizeof block);
  int error = errno;
  is_done = 1;
  pthread_join(other, NULL);
  errno = error;
  return count;
}

static int with_signals(void) {
  struct sigaction action = {.sa_handler = on_signal};
  main_thread = pthread_self();
  sigaction(SIGUSR1, &action, NULL);
  ssize_t first = write_interrupted();
  say(first > 0 && first < BLOCK_BYTES ? "first: some\n" : "first: wrong\n");
  ssize_t second = write_interrupted();
  say(second < 0 && errno == EINTR ? "second: EINTR\n" : "second: wrong\n");
  return 0;
}

static int in_turn(void) {
  char line[128];
  for (int i = 0; i < LINES; i++) {
    int bytes = snprintf(line, sizeof line, "%d %.*s\n", i, i % 100, "...................................................................................................");
    if (write(1 + i % 2, line, bytes) != bytes)
      return 6;
  }
  return 0;
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  memset(block, 'x', sizeof block);
  if (strcmp(mode, "line") == 0)
    return while_stuck(say_line);
  if (strcmp(mode, "requests") == 0)
    return while_stuck(ask_and_say);
  if (strcmp(mode, "exit") == 0)
    return while_stuck(end);
  if (strcmp(mode, "signal") == 0)
    return with_signals();
  if (strcmp(mode, "order") == 0)
    return in_turn();
  return 2;
}
