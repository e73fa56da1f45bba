/* Nothing of the old memory is left but what was written to shared files; data, heap and stack are new. */
// libc: both
#include "exec.h"

static int data = 5;
static int zeros[3000];

int main(int count, char **arguments)
{
	volatile char *place;
	unsigned char states[1];
	char bytes[6] = "";
	void *fixed = (void *)0x200000000;
	int memory;

	if (step_of(count, arguments) < 3) {
		printf("data %d, zeros %d\n", data, zeros[2999]);
		data = 9;
		zeros[2999] = 1;
		HOLDS(mincore(fixed, PAGE, states) == -1 && errno == ENOMEM);
		NEED(mmap(fixed, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == fixed);
		memset(fixed, 1, 16 * PAGE);
		NEED(mlockall(MCL_CURRENT | MCL_FUTURE) == 0);
		NEED(malloc(3000000) && syscall(SYS_brk, syscall(SYS_brk, 0) + 1000000) > 0);
		if (step_of(count, arguments) == 2) {
			memory = (int)syscall(SYS_memfd_create, "shared", 0);
			NEED(memory >= 0 && dup2(memory, 30) == 30 && ftruncate(30, 2 * PAGE) == 0);
			place = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, 30, 0);
			NEED(place != MAP_FAILED);
			memcpy((char *)place + PAGE, "shared", 6);
		}
		start(SELF, step_of(count, arguments) + 1, NULL);
		return 1;
	}
	printf("data %d, zeros %d\n", data, zeros[2999]);
	printf("%s\n", try_read(fixed));
	NEED(pread(30, bytes, 6, PAGE) == 6);
	printf("%.6s\n", bytes);
	return 0;
}
