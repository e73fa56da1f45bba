/*
 * A program that takes the terminal for itself: raw keys, reads that give up, the window's size, the foreground group; and one that leaves
 * the terminal as no program should. What it prints ends in \r\n, which is right in every mode.
 *
 *     terminal-modes use      asks for keys: "key?" wants one, "three?" wants three, "line?" a line
 *     terminal-modes stop     echo off; prints "stop?", then waits for SIGCONT and for a line
 *     terminal-modes exit | crash | wait      raw mode, then that
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static int *volatile nowhere = (int *)8;
static volatile sig_atomic_t window_changes, continues;

static void say(const char *format, ...) {
  char text[200];
  va_list values;
  va_start(values, format);
  int length = vsnprintf(text, sizeof text - 2, format, values);
  va_end(values);
  memcpy(text + length, "\r\n", 2);
  if (write(1, text, length + 2) < 0)
    exit(9);
}

static void show_modes(const char *when) {
  struct termios now;
  if (tcgetattr(0, &now) != 0) {
    say("%s: %s", when, strerror(errno));
    return;
  }
  say("%s: echo %s, lines %s, signals %s", when, now.c_lflag & ECHO ? "on" : "off", now.c_lflag & ICANON ? "on" : "off",
      now.c_lflag & ISIG ? "on" : "off");
}

static void set_raw(int least, int tenths) {
  struct termios raw = before;
  cfmakeraw(&raw);
  raw.c_cc[VMIN] = least;
  raw.c_cc[VTIME] = tenths;
  say("tcsetattr %d", tcsetattr(0, TCSANOW, &raw));
}

static void on_window(int signal) {
  (void)signal;
  window_changes++;
}

static void on_continue(int signal) {
  (void)signal;
  continues++;
}

static void wait_for(int signal, volatile sig_atomic_t *count) {
  sigset_t set, old;
  sigemptyset(&set);
  sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, &old);
  while (*count == 0)
    sigsuspend(&old);
  sigprocmask(SIG_SETMASK, &old, NULL);
}

static void keys(void) {
  char byte;
  int waits = 0;
  set_raw(1, 0);
  show_modes("raw");
  say("key?");
  ssize_t count = read(0, &byte, 1);
  say("read %zd: %d", count, byte);
  say("three?");
  while (waits < 3) {
    struct pollfd entry = {.fd = 0, .events = POLLIN};
    poll(&entry, 1, -1);
    if (ioctl(0, FIONREAD, &waits) != 0)
      say("FIONREAD: %s", strerror(errno));
  }
  say("%d wait, tcflush %d", waits, tcflush(0, TCIFLUSH));
  ioctl(0, FIONREAD, &waits);
  say("%d wait", waits);
  set_raw(0, 0);
  say("a read that does not wait: %zd", read(0, &byte, 1));
  set_raw(0, 1);
  say("a read that waits for a moment: %zd", read(0, &byte, 1));
}

static void show_window(void) {
  struct winsize size;
  int result = ioctl(1, TIOCGWINSZ, &size);
  say("window %d: %d rows, %d columns", result, size.ws_row, size.ws_col);
}

static void window(void) {
  struct sigaction action = {.sa_handler = on_window};
  sigaction(SIGWINCH, &action, NULL);
  show_window();
  struct winsize size = {0};
  size.ws_row = 44;
  size.ws_col = 111;
  say("changed %d", ioctl(1, TIOCSWINSZ, &size));
  wait_for(SIGWINCH, &window_changes);
  show_window();
}

static void groups(void) {
  say("foreground %s", tcgetpgrp(0) == getpgrp() ? "ours" : "another's");
  say("session %s", tcgetsid(0) == getsid(0) ? "ours" : "another's");
  say("tcsetpgrp %d", tcsetpgrp(0, getpgrp()));
  say("tcdrain %d", tcdrain(1));
}

static void line(void) {
  char text[100];
  say("tcsetattr %d", tcsetattr(0, TCSADRAIN, &before));
  show_modes("again");
  say("line?");
  ssize_t count = read(0, text, sizeof text);
  say("read %zd: %.*s", count, (int)count - 1, text);
}

static void stop(void) {
  struct sigaction action = {.sa_handler = on_continue};
  struct termios quiet = before;
  sigaction(SIGCONT, &action, NULL);
  quiet.c_lflag &= ~ECHO;
  tcsetattr(0, TCSANOW, &quiet);
  show_modes("quiet");
  say("stop?");
  wait_for(SIGCONT, &continues);
  show_modes("continued");
}

int main(int argc, char **argv) {
  const char *how = argc > 1 ? argv[1] : "use";
  if (tcgetattr(0, &before) != 0) {
    say("no terminal: %s", strerror(errno));
    return 1;
  }
  if (strcmp(how, "use") == 0) {
    show_modes("at first");
    keys();
    window();
    groups();
    line();
    return 0;
  }
  if (strcmp(how, "stop") == 0) {
    stop();
    return 0;
  }
  set_raw(1, 0);
  show_modes(how);
  say("raw now");
  if (strcmp(how, "crash") == 0)
    *nowhere = 1;
  if (strcmp(how, "wait") == 0)
    pause();
  return 3;
}
