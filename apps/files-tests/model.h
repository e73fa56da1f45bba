/*
 * What the programs of this folder share: random numbers that are the same everywhere, a checksum, and the sentence at a failure.
 *
 *     PROGRAM SEED COUNT [FOLDER]     does COUNT operations below FOLDER (the working directory) and prints one line
 *
 * A program compares every answer with a model in memory, so it finds by itself what is lost or wrong. What it prints depends on
 * the seed and the count alone: on Linux, in the guest's own memory and on files of the host the same line must come out. What it
 * made stays behind, so that whoever started it can compare the bytes as well.
 */
#ifndef MODEL_H
#define MODEL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static uint64_t random_state;
static unsigned long operation_number;
static const char *operation_name = "start";

#define FAIL(...)                                                                                         \
	do {                                                                                              \
		fprintf(stderr, "operation %lu (%s), line %d: ", operation_number, operation_name, __LINE__); \
		fprintf(stderr, __VA_ARGS__);                                                             \
		fputc('\n', stderr);                                                                      \
		exit(1);                                                                                  \
	} while (0)

#define NEED(condition)                                                             \
	do {                                                                        \
		if (!(condition))                                                   \
			FAIL("%s does not hold (%s)", #condition, strerror(errno)); \
	} while (0)

#define NEED_EQUAL(left, right)                                                                                   \
	do {                                                                                                      \
		long long left_ = (long long)(left), right_ = (long long)(right);                                 \
		if (left_ != right_)                                                                              \
			FAIL("%s is %lld, not %lld (%s)", #left, left_, right_, strerror(errno)); \
	} while (0)

/* xorshift64*. */
static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * 0x2545f4914f6cdd1du) >> 33) % limit;
}

/* FNV-1a, 32 bits: few lines on every side that computes it. */
static uint32_t checksum(uint32_t sum, const void *bytes, size_t count)
{
	const unsigned char *byte = bytes;

	for (size_t index = 0; index < count; index++)
		sum = (sum ^ byte[index]) * 16777619u;
	return sum;
}

enum { CHECKSUM_START = 0x811c9dc5 };

static unsigned long start_model(int argc, char **argv)
{
	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: %s SEED COUNT [FOLDER]\n", argv[0]);
		exit(2);
	}
	random_state = strtoull(argv[1], NULL, 0) * 0x9e3779b97f4a7c15u + 0x632be59bd9b4e019u;
	if (argc == 4)
		NEED(chdir(argv[3]) == 0);
	return strtoul(argv[2], NULL, 0);
}

#endif
