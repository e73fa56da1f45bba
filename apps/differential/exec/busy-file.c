/* The file of the program that runs cannot be opened for writing; that of one which was replaced can. */
#include "exec.h"

int main(int count, char **arguments)
{
	switch (step_of(count, arguments)) {
	case 0:
		copy_self("/tmp/exec-busy");
		start("/tmp/exec-busy", 1, "/tmp/exec-busy", NULL);
		break;
	case 1:
		CALL(open("/tmp/exec-busy", O_RDWR));
		CALL(open("/tmp/exec-busy", O_WRONLY | O_TRUNC));
		copy_self("/tmp/exec-busy-2");
		start("/tmp/exec-busy-2", 2, NULL);
		break;
	case 2:
		CALL(close(open("/tmp/exec-busy", O_RDWR)));
		CALL(unlink("/tmp/exec-busy"));
		CALL(unlink("/tmp/exec-busy-2"));
		return 0;
	}
	return 1;
}
