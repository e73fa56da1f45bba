/*
 * What poll, select, epoll and O_NONBLOCK say of standard input before something comes, when it is there, when it has been read, and at
 * the end. The test writes a line when it reads "first?" and ends the input when it reads "end?".
 *
 *     standard-input poll | select | epoll | edges | nonblock | threads | kinds | plain
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

static int (*waiting)(int timeout);
static int set = -1;

static void names(int events) {
  printf("%s%s%s%s%s%s", events & POLLIN ? " IN" : "", events & POLLOUT ? " OUT" : "", events & POLLHUP ? " HUP" : "",
         events & POLLERR ? " ERR" : "", events & POLLNVAL ? " NVAL" : "", events == 0 ? " nothing" : "");
}

static int by_poll(int timeout) {
  struct pollfd entry = {.fd = 0, .events = POLLIN};
  int count = poll(&entry, 1, timeout);
  return count < 0 ? -1 : entry.revents;
}

static int by_select(int timeout) {
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(0, &readable);
  struct timeval limit = {.tv_sec = timeout / 1000, .tv_usec = timeout % 1000 * 1000};
  int count = select(1, &readable, NULL, NULL, timeout < 0 ? NULL : &limit);
  return count < 0 ? -1 : FD_ISSET(0, &readable) ? POLLIN : 0;
}

static int by_epoll(int timeout) {
  struct epoll_event event;
  int count = epoll_wait(set, &event, 1, timeout);
  return count < 0 ? -1 : count == 0 ? 0 : (int)event.events;
}

static void watch(unsigned manner) {
  struct epoll_event event = {.events = EPOLLIN | manner};
  set = epoll_create1(0);
  if (epoll_ctl(set, EPOLL_CTL_ADD, 0, &event) != 0)
    printf("epoll_ctl: %s\n", strerror(errno));
}

static void show(const char *when, int timeout) {
  printf("%s:", when);
  int events = waiting(timeout);
  names(events);
  printf("\n");
}

static void take(void) {
  char text[64];
  ssize_t count = read(0, text, sizeof text - 1);
  if (count < 0) {
    printf("read: %s\n", strerror(errno));
    return;
  }
  text[count] = 0;
  printf("read %zd: %s%s", count, text, count == 0 ? "\n" : "");
}

static void ask(const char *what) {
  printf("%s\n", what);
  fflush(stdout);
}

static void sequence(void) {
  show("before", 0);
  show("for a moment", 20);
  ask("first?");
  show("waited", -1);
  take();
  show("after the read", 0);
  ask("end?");
  show("waited", -1);
  take();
  show("at the end", 0);
}

/* Both are there sooner or later, without any asking. */
static void plain(void) {
  waiting = by_select;
  show("waited", -1);
  take();
  show("waited", -1);
  take();
}

static void edges(void) {
  show("before", 0);
  ask("first?");
  show("waited", -1);
  /* Told once, although it is still there. */
  show("again", 50);
  fcntl(0, F_SETFL, O_NONBLOCK);
  take();
  take();
  ask("end?");
  show("waited", -1);
  take();
  show("at the end", 50);
}

static void *blocked(void *argument) {
  (void)argument;
  char byte;
  return (void *)(long)read(0, &byte, 1);
}

/* A thread in a blocking read keeps nobody from looking, and a read that must not block does not wait for it. */
static void threads(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, blocked, NULL);
  usleep(20000);
  show("beside a reader", 0);
  fcntl(0, F_SETFL, O_NONBLOCK);
  take();
  fcntl(0, F_SETFL, 0);
  ask("first?");
  void *result;
  pthread_join(thread, &result);
  printf("the reader got %ld\n", (long)result);
  show("the rest", -1);
  take();
  ask("end?");
}

static void nonblock(void) {
  fcntl(0, F_SETFL, O_NONBLOCK);
  printf("O_NONBLOCK is %s\n", fcntl(0, F_GETFL) & O_NONBLOCK ? "set" : "not set");
  take();
  ask("first?");
  show("waited", -1);
  int waits = -1;
  if (ioctl(0, FIONREAD, &waits) == 0)
    printf("%d bytes wait\n", waits);
  take();
  take();
  ask("end?");
  show("waited", -1);
  take();
}

/* What kind of input it is decides: files and /dev/null are always ready, and epoll refuses them. */
static void kinds(void) {
  watch(0);
  waiting = by_poll;
  show("poll", 0);
  struct pollfd entry = {.fd = 0, .events = POLLIN | POLLOUT};
  poll(&entry, 1, 0);
  printf("for both:");
  names(entry.revents & (POLLIN | POLLOUT));
  printf("\n");
}

int main(int argc, char **argv) {
  const char *how = argc > 1 ? argv[1] : "";
  waiting = by_poll;
  if (strcmp(how, "select") == 0)
    waiting = by_select;
  if (strcmp(how, "epoll") == 0 || strcmp(how, "edges") == 0) {
    watch(strcmp(how, "edges") == 0 ? EPOLLET : 0);
    waiting = by_epoll;
  }
  if (strcmp(how, "edges") == 0)
    edges();
  else if (strcmp(how, "plain") == 0)
    plain();
  else if (strcmp(how, "threads") == 0)
    threads();
  else if (strcmp(how, "nonblock") == 0)
    nonblock();
  else if (strcmp(how, "kinds") == 0)
    kinds();
  else
    sequence();
  return 0;
}
