/* What the files of libhermit share. */
#ifndef LIBHERMIT_INTERNAL_H
#define LIBHERMIT_INTERNAL_H

#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../include/hermit/syscall.h"

/* libc says -1 and errno, HermitCore the errno itself with its sign turned. */
static inline long result_of(long answer)
{
	return answer == -1 ? -errno : answer;
}

static inline void relax(void)
{
	__builtin_ia32_pause();
}

#endif
