/* CLONE_SETTLS sets FS; arch_prctl reads and writes it. */
// cpus: 1 2
#include "futex.h"

#define ARCH_SET_FS 0x1002
#define ARCH_GET_FS 0x1003

static uintptr_t block[64] __attribute__((aligned(64)));
static futex_word done = 1;
static uintptr_t seen_first, seen_base;

static int body(void *argument)
{
	uintptr_t base = 0;
	long result;

	(void)argument;
	__asm__ volatile("mov %%fs:0, %0" : "=r"(seen_first));
	/* No library call here: errno would be in a block that is not the library's. */
	__asm__ volatile("syscall" : "=a"(result) : "a"(SYS_arch_prctl), "D"(ARCH_GET_FS), "S"(&base) : "rcx", "r11", "memory");
	seen_base = base;
	atomic_store(&done, 2);
	return 0;
}

int main(void)
{
	static char stack[64 * KIB] __attribute__((aligned(16)));
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SETTLS;
	uintptr_t base = 0, first;

	block[0] = 0x1234;
	NEED(clone(body, stack + sizeof stack, flags, NULL, NULL, block, NULL) > 0);
	WAIT_UNTIL(atomic_load(&done) == 2);
	HOLDS(seen_first == 0x1234);
	HOLDS(seen_base == (uintptr_t)block);
	CALL(syscall(SYS_arch_prctl, ARCH_GET_FS, &base));
	__asm__ volatile("mov %%fs:0, %0" : "=r"(first));
	HOLDS(first == base);
	CALL(syscall(SYS_arch_prctl, ARCH_SET_FS, 0xffff800000000000));
	CALL(syscall(SYS_arch_prctl, 0x9999, &base));
	CALL(syscall(SYS_arch_prctl, ARCH_GET_FS, 16));
	return 0;
}
