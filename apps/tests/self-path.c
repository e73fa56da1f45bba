/*
 * Where do I lie: the link /proc/self/exe, and the name that I was started by. Prints both; the first is absolute and
 * without links however the second was written (proc(5), getauxval(3)).
 */
#include <stdio.h>
#include <sys/auxv.h>
#include <unistd.h>

int main(void)
{
	char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path);
	ssize_t part = readlink("/proc/self/exe", path, 1);

	if (length < 1 || part != 1)
		return 1;
	length = readlink("/proc/self/exe", path, sizeof path);
	printf("%.*s\n%s\n", (int)length, path, (const char *)getauxval(AT_EXECFN));
	return 0;
}
