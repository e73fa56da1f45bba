/*
 * writev and readv: many pieces, empty pieces, the greatest number of pieces, and the errors. stdio of musl prints with
 * writev alone. Reads "readv " and the rest of stdin in pieces.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <sys/uio.h>
#include <unistd.h>
#include "check.h"

static struct iovec piece(const char *text)
{
	return (struct iovec){(void *)text, strlen(text)};
}

int main(void)
{
	const struct iovec *volatile unmapped = (const struct iovec *)8;
	volatile int negative = -1;
	struct iovec few[] = {piece("one "), piece(""), {NULL, 0}, piece("two "), piece("three\n")};
	static struct iovec many[1025];
	static char digits[1025];
	char head[6], middle[1], tail[100];
	struct iovec into[] = {{head, 6}, {middle, 0}, {middle, 1}, {tail, sizeof tail}};

	CHECK_EQ(writev(1, few, 5), 14);
	for (int i = 0; i < 1025; i++) {
		digits[i] = (char)(i % 64 == 63 ? '\n' : '0' + i % 10);
		many[i] = (struct iovec){&digits[i], 1};
	}
	CHECK_EQ(writev(1, many, 1024), 1024);
	errno = 0;
	CHECK(writev(1, many, 1025) == -1 && errno == EINVAL);
	errno = 0;
	CHECK(writev(1, many, negative) == -1 && errno == EINVAL);
	CHECK_EQ(writev(1, many, 0), 0);
	many[1].iov_len = (size_t)SSIZE_MAX + 1;
	errno = 0;
	CHECK(writev(1, many, 2) == -1 && errno == EINVAL);
	errno = 0;
	CHECK(writev(-1, few, 5) == -1 && errno == EBADF);
	errno = 0;
	CHECK(writev(1, unmapped, 1) == -1 && errno == EFAULT);

	ssize_t got = readv(0, into, 4);
	CHECK_EQ(got, 12);
	CHECK(memcmp(head, "readv ", 6) == 0 && middle[0] == 'f' && memcmp(tail, "rom 0", 5) == 0);
	CHECK_EQ(readv(0, into, 4), 0);
	return check_done("vector-io");
}
