/* Pages wholly behind the end of a file are SIGBUS, in private and shared mappings, for code of the program and for system calls. */
#include "differ.h"
#include <fcntl.h>

static void show(const char *name, char *area, int pipe_end)
{
	puts(name);
	READING(area);
	SHOW(area[99]);
	SHOW(area[100]);
	READING(area + PAGE - 1);
	READING(area + PAGE);
	SHOW(fault_code == BUS_ADRERR);
	HOLDS(fault_address == area + PAGE);
	WRITING(area + 2 * PAGE);
	SHOW(fault_code == BUS_ADRERR);
	CALL(write(pipe_end, area + PAGE, 1));
	CALL(write(pipe_end, area + PAGE - 4, 8));
	CALL(open(area + PAGE, O_RDONLY));
	CALL(getcwd(area + PAGE, PAGE) == NULL ? -1 : 0);
}

int main(void)
{
	char path[] = "/tmp/differ-XXXXXX";
	int file = mkstemp(path), ends[2];

	NEED(file >= 0 && unlink(path) == 0 && ftruncate(file, 100) == 0 && pwrite(file, "z", 1, 99) == 1);
	NEED(pipe(ends) == 0);
	show("shared", mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), ends[1]);
	show("private", mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0), ends[1]);
	char *far = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, 1ul << 40);
	MAP(far);
	READING(far);
	MAP(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, (off_t)(1ul << 63)));
	MAP(mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, file, 0x7ffffffffffff000));
	/* The file grows: the page is there. */
	char *grown = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, file, 0);
	READING(grown + PAGE);
	NEED(pwrite(file, "g", 1, PAGE) == 1);
	SHOW(grown[PAGE]);
	return 0;
}
