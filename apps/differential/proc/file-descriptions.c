/* /proc/self/fdinfo tells position and flags of a description, and who asks for one that is not open finds none. */
#include "differ.h"
#include <fcntl.h>

int main(void)
{
	char path[64], text[256] = "", *line;
	int fd = memfd_create("file", 0);

	NEED(fd >= 0 && write(fd, "0123456789", 10) == 10 && fcntl(fd, F_SETFL, O_APPEND) == 0);
	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
	int info = open(path, O_RDONLY);

	HOLDS(info >= 0);
	NEED(read(info, text, sizeof text - 1) > 0);
	line = strstr(text, "pos:");
	HOLDS(line && atoi(line + 4) == 10);
	line = strstr(text, "flags:");
	HOLDS(line && (strtol(line + 6, NULL, 8) & O_APPEND) != 0);
	CALL(open("/proc/self/fdinfo/99", O_RDONLY));
	CALL(open("/proc/self/fdinfo/x", O_RDONLY));
	return 0;
}
