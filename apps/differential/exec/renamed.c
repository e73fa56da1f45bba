/* /proc/self/exe follows the running program's file to its new name, to another folder, and to its end. */
#include "exec.h"

static void show(const char *what)
{
	char path[PATH_MAX] = "";

	NEED(readlink(SELF, path, sizeof path - 1) > 0);
	printf("%s: %s\n", what, path);
}

int main(int count, char **arguments)
{
	switch (step_of(count, arguments)) {
	case 0:
		copy_self("/tmp/exec-before");
		start("/tmp/exec-before", 1, NULL);
		break;
	case 1:
		show("started");
		NEED(rename("/tmp/exec-before", "/tmp/exec-after") == 0);
		show("renamed");
		NEED(mkdir("/tmp/exec-folder", 0755) == 0 && rename("/tmp/exec-after", "/tmp/exec-folder/in") == 0);
		show("moved");
		start(SELF, 2, NULL);
		break;
	case 2:
		show("started again");
		NEED(rename("/tmp/exec-folder", "/tmp/exec-other") == 0);
		show("its folder renamed");
		make_file("/tmp/exec-over", "x");
		NEED(rename("/tmp/exec-over", "/tmp/exec-other/in") == 0);
		show("replaced");
		NEED(unlink("/tmp/exec-other/in") == 0 && rmdir("/tmp/exec-other") == 0);
		show("removed");
		return 0;
	}
	return 1;
}
