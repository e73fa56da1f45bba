/* Standard input that is a pipe: read to its end, not sought in. */
// stdin: one line of text
#include "differ.h"
#include <poll.h>

int main(void)
{
	char line[64] = "";
	struct pollfd polled = {.fd = 0, .events = POLLIN};

	CALL(poll(&polled, 1, 10000));
	HOLDS((polled.revents & POLLIN) != 0);
	CALL(lseek(0, 0, SEEK_CUR));
	HOLDS(fgets(line, sizeof line, stdin) != NULL);
	fputs(line, stdout);
	HOLDS(fgets(line, sizeof line, stdin) == NULL && feof(stdin));
	CALL(read(0, line, 1));
	return 0;
}
