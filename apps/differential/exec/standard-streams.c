/* What a program has not written yet is lost with its memory; what it has not read yet is there for the next one. */
// stdin: first second third
#include "exec.h"

int main(int count, char **arguments)
{
	char bytes[32] = "";
	int step = step_of(count, arguments);

	NEED(read(0, bytes, step == 2 ? 30 : step == 0 ? 6 : 7) > 0);
	printf("step %d reads %s\n", step, bytes);
	printf("lost");
	if (step < 2)
		start(SELF, step + 1, NULL);
	puts("");
	return step == 2 ? 0 : 1;
}
