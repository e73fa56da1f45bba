/* Every call with a path: it leads to a FIFO. */
// not-in-qemu-export: QEMU's server makes no FIFOs and no names of sockets (ENXIO)
#include "path-calls.h"

static void set_up(void)
{
	NEED(mkfifo("fifo", 0644) == 0);
}

int main(void)
{
	enter_work_folder();
	try_path_calls("fifo", set_up);
	remove_work_folder();
	return 0;
}
