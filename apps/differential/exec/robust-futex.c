/* A robust lock in shared memory that the caller holds is given up when the program is replaced. */
#include "exec.h"

struct list {
	struct list *next;
};
static struct {
	struct list first;
	long offset;
	struct list *pending;
} head;

int main(int count, char **arguments)
{
	struct {
		struct list entry;
		atomic_uint word;
	} *lock;
	int memory;

	if (step_of(count, arguments) == 0) {
		memory = (int)syscall(SYS_memfd_create, "lock", 0);
		NEED(memory >= 0 && dup2(memory, 30) == 30 && ftruncate(30, PAGE) == 0);
	}
	lock = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, 30, 0);
	NEED(lock != MAP_FAILED);
	if (step_of(count, arguments) == 0) {
		head.first.next = &lock->entry;
		head.offset = (char *)&lock->word - (char *)&lock->entry;
		lock->entry.next = &head.first;
		lock->word = (unsigned)syscall(SYS_gettid);
		NEED(syscall(SYS_set_robust_list, &head, sizeof head) == 0);
		start(SELF, 1, NULL);
		return 1;
	}
	printf("word %x\n", lock->word);
	return 0;
}
