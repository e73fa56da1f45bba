/* An instruction that is changed by one aligned store, again and again, is the old one or the new one for whoever executes it, as runtimes rely on. */
// cpus: 1 2
#include "differ.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

enum { ROUNDS = 100000, DIRECT = 0x21, BEHIND_JUMP = 2, BEHIND_OTHER_JUMP = 0x77 };

/* mov $0x21,%eax; ret */
static const uint64_t direct = 0x9090c300000021b8;
/* jmp to the instruction at 0x18. With the other's displacement it goes to the one at 0x26, and as a mov it answers 0x13. */
static const uint64_t jumping = 0x9090c300000013e9;

/* Where it is changed, and where it is executed. */
static _Atomic uint64_t *code;
static void *executed;
static atomic_int is_done;

static int answer(void)
{
	return ((int (*)(void))(uintptr_t)executed)();
}

static void put_answer(size_t offset, int value)
{
	unsigned char *place = (unsigned char *)code + offset;

	place[0] = 0xb8;
	memcpy(place + 1, &value, sizeof value);
	place[5] = 0xc3;
}

static void *execute(void *argument)
{
	long mixed = (long)argument;

	while (!atomic_load(&is_done)) {
		int value = answer();
		mixed += value != DIRECT && value != BEHIND_JUMP;
	}
	return (void *)mixed;
}

static void change(void)
{
	long old = 0;
	pthread_t thread;
	void *mixed;

	atomic_store(&is_done, 0);
	atomic_store(code, direct);
	put_answer(0x18, BEHIND_JUMP);
	put_answer(0x26, BEHIND_OTHER_JUMP);
	NEED(pthread_create(&thread, NULL, execute, NULL) == 0);
	for (int round = 0; round < ROUNDS; round++) {
		int is_direct = round % 2;

		atomic_store(code, is_direct ? direct : jumping);
		old += answer() != (is_direct ? DIRECT : BEHIND_JUMP);
	}
	atomic_store(&is_done, 1);
	pthread_join(thread, &mixed);
	SHOW((long)mixed);
	SHOW(old);
}

int main(void)
{
	int file = memfd_create("code", 0);

	NEED(file >= 0 && ftruncate(file, 4096) == 0);
	code = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	executed = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
	NEED((void *)code != MAP_FAILED && executed != MAP_FAILED);
	change();
	code = executed = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	NEED(executed != MAP_FAILED);
	change();
	return 0;
}
