/*
 * Thread-local variables of a static program: the image's contents, zeroed rest, alignment (up to a page), a big block,
 * and errno. The layout is variant II of Drepper's "ELF Handling For Thread-Local Storage".
 */
#include <errno.h>
#include <stdalign.h>
#include <stdint.h>
#include <unistd.h>
#include "check.h"

static _Thread_local int with_value = 0x12345678;
static _Thread_local char text[] = "thread-local text";
static _Thread_local int zero;
static _Thread_local alignas(64) char line_aligned[64] = {1};
static _Thread_local alignas(4096) char page_aligned[100];
static _Thread_local char big[100000];
static _Thread_local int *to_itself;
_Thread_local long visible = -5;

static uintptr_t thread_pointer(void)
{
	uintptr_t value;

	/* SAFETY: the ABI makes the word at %fs:0 point to itself. */
	__asm__("mov %%fs:0, %0" : "=r"(value));
	return value;
}

int main(void)
{
	CHECK_EQ(with_value, 0x12345678);
	CHECK(strcmp(text, "thread-local text") == 0);
	CHECK_EQ(zero, 0);
	CHECK_EQ(visible, -5);
	CHECK(((uintptr_t)line_aligned & 63) == 0 && line_aligned[0] == 1 && line_aligned[63] == 0);
	CHECK(((uintptr_t)page_aligned & 4095) == 0 && page_aligned[99] == 0);
	int dirty = 0;
	for (unsigned i = 0; i < sizeof big; i++)
		dirty += big[i] != 0;
	CHECK_EQ(dirty, 0);
	memset(big, 0x33, sizeof big);
	CHECK_EQ(with_value, 0x12345678);
	to_itself = &zero;
	*to_itself = 9;
	CHECK_EQ(zero, 9);

	uintptr_t pointer = thread_pointer();
	CHECK(pointer != 0 && *(uintptr_t *)pointer == pointer);
	CHECK((uintptr_t)&with_value < pointer);
	errno = 0;
	CHECK(close(-1) == -1 && errno == EBADF);
	CHECK(thread_pointer() == pointer);
	return check_done("tls");
}
