/* A file that becomes shorter takes its pages out of private mappings, too, even what they have written there. */
// not-in-export: the protocol has no fallocate, which makes the hole
#include "differ.h"
#include <fcntl.h>

int main(void)
{
	char path[] = "/tmp/differ-XXXXXX";
	int file = mkstemp(path);

	NEED(file >= 0 && unlink(path) == 0 && ftruncate(file, 3 * PAGE) == 0);
	char *own = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	NEED(own != MAP_FAILED);
	memset(own, 'a', 3 * PAGE);
	CALL(ftruncate(file, PAGE + 10));
	SHOW(own[0]);
	SHOW(own[PAGE + 20]);
	READING(own + 2 * PAGE);
	WRITING(own + 2 * PAGE);
	CALL(ftruncate(file, 3 * PAGE));
	SHOW(own[2 * PAGE]);
	WRITING(own + 2 * PAGE);
	SHOW(own[2 * PAGE]);
	/* A hole takes what is shown, not what was written. */
	char *shared = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	NEED(shared != MAP_FAILED);
	memset(shared, 's', 3 * PAGE);
	SHOW(own[0]);
	SHOW(own[2 * PAGE + 1]);
	CALL(fallocate(file, 3, 0, 3 * PAGE));
	SHOW(shared[0]);
	SHOW(shared[3 * PAGE - 1]);
	SHOW(own[0]);
	SHOW(own[2 * PAGE]);
	CALL(open("/tmp", O_RDONLY | O_DIRECTORY) >= 0);
	return 0;
}
