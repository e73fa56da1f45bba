/* A page of a shared mapping that the file loses is SIGBUS; it is zero when the file grows again. */
#include "differ.h"

int main(void)
{
	char path[] = "/tmp/differ-XXXXXX";
	int file = mkstemp(path);

	NEED(file >= 0 && unlink(path) == 0 && ftruncate(file, 3 * PAGE) == 0);
	char *shared = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	NEED(shared != MAP_FAILED);
	memset(shared, 'a', 3 * PAGE);
	CALL(ftruncate(file, PAGE + 10));
	READING(shared + PAGE);
	READING(shared + 2 * PAGE);
	SHOW(shared[PAGE + 9]);
	SHOW(shared[PAGE + 10]);
	CALL(ftruncate(file, 3 * PAGE));
	READING(shared + 2 * PAGE);
	SHOW(shared[2 * PAGE]);
	return 0;
}
