/* What a mapping may become is decided by how its file was opened. */
#include "differ.h"
#include <fcntl.h>

int main(void)
{
	char path[] = "/tmp/differ-XXXXXX";
	int file = mkstemp(path), reader = open(path, O_RDONLY), writer = open(path, O_WRONLY);

	NEED(file >= 0 && reader >= 0 && writer >= 0 && ftruncate(file, 2 * PAGE) == 0);
	MAP(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, writer, 0));
	MAP(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, writer, 0));
	MAP(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0));
	char *shown = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, reader, 0);
	char *own = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, reader, 0);
	char *both = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, file, 0);
	NEED(shown != MAP_FAILED && own != MAP_FAILED && both != MAP_FAILED);
	READING(shown);
	WRITING(shown);
	CALL(mprotect(shown, PAGE, PROT_READ | PROT_WRITE));
	CALL(mprotect(shown, PAGE, PROT_NONE));
	READING(shown);
	CALL(mprotect(shown, PAGE, PROT_READ));
	READING(shown);
	CALL(mprotect(own, PAGE, PROT_READ | PROT_WRITE));
	WRITING(own);
	WRITING(own + PAGE);
	WRITING(both);
	CALL(mprotect(both, 2 * PAGE, PROT_READ | PROT_WRITE));
	WRITING(both);
	SHOW(shown[0]);
	SHOW(own[0]);
	CALL(mprotect(both, 2 * PAGE, PROT_READ));
	WRITING(both);
	CALL(mprotect(both, 2 * PAGE, PROT_NONE));
	READING(both);
	READING(both + PAGE);
	CALL(mprotect(both, 2 * PAGE, PROT_READ | PROT_WRITE));
	WRITING(both + PAGE);
	SHOW(shown[PAGE]);
	/* Over both kinds: the first part is changed, then it fails. */
	MAP(mmap(own + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, reader, 0));
	CALL(mprotect(own, 2 * PAGE, PROT_READ | PROT_WRITE));
	WRITING(own + PAGE);
	MAP(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, open("/tmp", O_RDONLY), 0));
	NEED(unlink(path) == 0);
	return 0;
}
