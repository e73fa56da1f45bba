/* A program whose file is removed goes on, and starts itself again by /proc/self/exe. */
#include "exec.h"

int main(int count, char **arguments)
{
	char path[PATH_MAX] = "";
	int step = step_of(count, arguments);

	NEED(readlink(SELF, path, sizeof path - 1) > 0);
	printf("step %d: %s\n", step, step == 0 ? "the first" : path);
	if (step == 0) {
		copy_self("/tmp/exec-unlinked");
		start("/tmp/exec-unlinked", 1, NULL);
	} else if (step < 4) {
		HOLDS(access("/tmp/exec-unlinked", F_OK) == 0);
		if (step == 1)
			NEED(unlink("/tmp/exec-unlinked") == 0);
		start(SELF, step + 1, NULL);
	}
	return step == 4 ? 0 : 1;
}
