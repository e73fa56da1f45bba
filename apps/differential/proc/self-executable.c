/* /proc/self/exe: a link to the program's path, and the program itself when it is opened. */
#include "differ.h"
#include <fcntl.h>
#include <libgen.h>
#include <sys/stat.h>

int main(int count, char **arguments)
{
	char path[4096] = "", magic[4] = "";
	struct stat status;

	(void)count;
	HOLDS(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
	HOLDS(path[0] == '/');
	puts(basename(path));
	HOLDS(strcmp(basename(path), basename(arguments[0])) == 0);
	int file = open("/proc/self/exe", O_RDONLY);
	SHOW(file);
	CALL(read(file, magic, 4));
	SHOW(memcmp(magic, "\177ELF", 4));
	CALL(fstat(file, &status));
	HOLDS(S_ISREG(status.st_mode) && status.st_size > 10000);
	return 0;
}
