/*
 * A system call that does not exist answers ENOSYS and nothing else happens, whatever the number and the arguments.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <unistd.h>
#include "check.h"

int main(void)
{
	static const long number[] = {9999, 511, 600, 4096, 0x7fffffff, -1};

	for (unsigned i = 0; i < sizeof number / sizeof *number; i++) {
		errno = 0;
		long answer = syscall(number[i], 1, 2, 3, -1, 5, 6);
		CHECK_EQ(answer, -1);
		CHECK_EQ(errno, ENOSYS);
	}
	/* Twice the same: the log names an unknown call once. */
	CHECK(syscall(9999) == -1 && errno == ENOSYS);
	return check_done("unknown-syscall");
}
