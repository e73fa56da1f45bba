/*
 * getrandom and the sixteen bytes of AT_RANDOM. "randomness show" prints both, so that the harness can see that two
 * runs differ.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "check.h"

static void print_hex(const unsigned char *bytes, int count)
{
	for (int i = 0; i < count; i++)
		printf("%02x", bytes[i]);
	printf("\n");
}

/* Of 4096 truly random bytes, each value occurs 16 times on average; none occurs more than 80 times in practice. */
static void looks_random(const unsigned char *bytes, size_t count)
{
	int seen[256] = {0}, most = 0, distinct = 0;

	for (size_t i = 0; i < count; i++)
		seen[bytes[i]]++;
	for (int i = 0; i < 256; i++) {
		distinct += seen[i] > 0;
		most = seen[i] > most ? seen[i] : most;
	}
	CHECK(distinct > 200);
	CHECK(most < 80);
}

int main(int argc, char **argv)
{
	static unsigned char first[4096], second[4096];
	const unsigned char *at_start = (const unsigned char *)getauxval(AT_RANDOM);

	if (!CHECK(at_start != NULL))
		return 1;
	if (argc > 1 && !strcmp(argv[1], "show")) {
		if (getrandom(first, 16, 0) != 16)
			return 1;
		print_hex(at_start, 16);
		print_hex(first, 16);
		return 0;
	}
	CHECK_EQ(getrandom(first, sizeof first, 0), sizeof first);
	CHECK_EQ(getrandom(second, sizeof second, GRND_NONBLOCK), sizeof second);
	looks_random(first, sizeof first);
	looks_random(second, sizeof second);
	CHECK(memcmp(first, second, sizeof first) != 0);
	CHECK_EQ(getrandom(first, 0, 0), 0);
	first[5] = 0x11;
	CHECK_EQ(getrandom(first, 5, 0), 5);
	CHECK_EQ(first[5], 0x11);
	errno = 0;
	CHECK(getrandom(first, 1, 0x8000) == -1 && errno == EINVAL);
	errno = 0;
	CHECK(syscall(SYS_getrandom, (void *)8, 16, 0) == -1 && errno == EFAULT);

	int zeroes = 0;
	for (int i = 0; i < 16; i++)
		zeroes += at_start[i] == 0;
	CHECK(zeroes < 8);
	return check_done("randomness");
}
