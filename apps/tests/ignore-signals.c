/*
 * Ignores the signals that end a program by default, says so, and echoes its input to the end.
 */
#include <signal.h>
#include <stdio.h>

int main(void) {
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGUSR1, SIG_IGN);
  puts("ignoring");
  fflush(stdout);
  char line[256];
  while (fgets(line, sizeof line, stdin)) {
    fputs(line, stdout);
    fflush(stdout);
  }
  return 0;
}
