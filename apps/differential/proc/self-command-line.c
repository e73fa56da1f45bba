/* /proc/self/cmdline: the arguments, each with its zero byte; comm: the short name. */
// args: first second-argument
#include "differ.h"
#include <fcntl.h>

int main(int count, char **arguments)
{
	char text[4096];
	int file = open("/proc/self/cmdline", O_RDONLY), position = 0, wrong = 0;

	NEED(file >= 0);
	long length = read(file, text, sizeof text);
	for (int index = 0; index < count; index++) {
		wrong += strcmp(text + position, arguments[index]) != 0;
		position += (int)strlen(arguments[index]) + 1;
	}
	SHOW(wrong);
	HOLDS(length == position);
	puts(text + strlen(text) + 1);
	CALL(close(file));
	file = open("/proc/self/comm", O_RDONLY);
	NEED(file >= 0 && (length = read(file, text, sizeof text)) > 0);
	text[length] = 0;
	fputs(text, stdout);
	return 0;
}
