/*
 * Ends with a given status in a given way: exit-status WAY NUMBER. Only the low eight bits reach the parent.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "";
	int status = argc > 2 ? atoi(argv[2]) : 0;

	if (!strcmp(way, "return"))
		return status;
	if (!strcmp(way, "exit"))
		exit(status);
	if (!strcmp(way, "_exit"))
		_exit(status);
	if (!strcmp(way, "quick_exit"))
		quick_exit(status);
	/* The call that ends one thread: of the only thread it ends the program. */
	if (!strcmp(way, "thread"))
		syscall(SYS_exit, status);
	if (!strcmp(way, "group"))
		syscall(SYS_exit_group, status);
	return 99;
}
