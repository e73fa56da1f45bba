/*
 * The first program everybody runs: greets, shows its arguments, receives a signal, reads a file and writes one.
 * A file that cannot be opened is named on stderr and is no failure: not every system has these.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t received;

static void on_signal(int number)
{
	received = number;
}

static void show_hostname(const char *path)
{
	FILE *file = fopen(path, "r");
	char name[256];

	if (file == NULL) {
		fprintf(stderr, "Unable to open file %s\n", path);
		return;
	}
	if (fscanf(file, "%255s", name) == 1)
		printf("Hostname: %s\n", name);
	fclose(file);
}

static void write_greeting(const char *path)
{
	FILE *file = fopen(path, "w");

	if (file == NULL) {
		fprintf(stderr, "Unable to open file %s\n", path);
		return;
	}
	fputs("Hello World!!!\n", file);
	fclose(file);
}

int main(int argc, char **argv)
{
	printf("Hello World!!!\n");
	for (int i = 0; i < argc; i++)
		printf("argv[%d] = %s\n", i, argv[i]);
	signal(SIGUSR1, on_signal);
	kill(getpid(), SIGUSR1);
	if (received != 0)
		printf("Receive signal with number %d\n", received);
	show_hostname("/etc/hostname");
	write_greeting("/tmp/test.txt");
	return 0;
}
