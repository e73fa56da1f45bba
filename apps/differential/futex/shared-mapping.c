/* A futex in a shared mapping is woken through another mapping of the same file. */
// cpus: 1 2
#include "futex.h"
#include <fcntl.h>

int main(void)
{
	struct waiter waiter;
	char path[] = "/tmp/differ-futex-XXXXXX";
	int file = mkstemp(path);

	NEED(file >= 0 && unlink(path) == 0 && ftruncate(file, 8192) == 0);
	futex_word *one = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	futex_word *other = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	NEED(one != MAP_FAILED && other != MAP_FAILED && one != other);
	waiter_start(&waiter, one + 1030, FUTEX_WAIT, 0);
	await_waiters(one + 1030, 0, 1);
	CALL(futex(other + 6, FUTEX_WAKE, 1, 0, NULL, 0));
	CALL(futex(other + 1030, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, 0, NULL, 0));
	CALL(futex(other + 1030, FUTEX_WAKE, 1, 0, NULL, 0));
	join_waiters(&waiter, 1);
	atomic_store(other, 4);
	SHOW(atomic_load(one));
	return 0;
}
