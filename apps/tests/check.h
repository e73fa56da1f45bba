/*
 * What every test program shares: checks that keep going after a failure, and a last line that says how many there were.
 *
 * A program prints only what is the same in every run (never an address, a time or a process number), so that its output
 * on Linux and on HermitCore can be compared byte for byte. A failed check is named on stderr with file and line.
 * The programs use stdio sparingly: a program that tests one thing must not fail because of another.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>

/* What a program returns when the machine it runs on cannot do what it tests (as in the GNU and meson test protocols). */
#define EXIT_NOT_APPLICABLE 77

static int check_count;
static int check_failures;

__attribute__((unused)) static int check_that(int holds, const char *text, const char *file, int line)
{
	check_count++;
	if (!holds) {
		check_failures++;
		fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, text);
	}
	return holds;
}

__attribute__((unused)) static int check_equal(long long seen, long long wanted, const char *text, const char *file, int line)
{
	check_count++;
	if (seen != wanted) {
		check_failures++;
		fprintf(stderr, "%s:%d: %s is %lld (0x%llx), expected %lld (0x%llx)\n", file, line, text, seen,
			(unsigned long long)seen, wanted, (unsigned long long)wanted);
	}
	return seen == wanted;
}

/* The name without its folders, so that messages do not depend on where the source lies. */
#define CHECK_FILE (strrchr(__FILE__, '/') ? strrchr(__FILE__, '/') + 1 : __FILE__)
#define CHECK(condition) check_that(!!(condition), #condition, CHECK_FILE, __LINE__)
#define CHECK_EQ(seen, wanted) check_equal((long long)(seen), (long long)(wanted), #seen, CHECK_FILE, __LINE__)

__attribute__((unused)) static int check_done(const char *name)
{
	if (check_failures) {
		printf("%s: %d of %d checks failed\n", name, check_failures, check_count);
		return 1;
	}
	printf("%s: %d checks passed\n", name, check_count);
	return 0;
}

/* For the few programs that would harm a Linux host: HermitCore names itself in uname's version. */
__attribute__((unused)) static int in_hermitcore(void)
{
	struct utsname name;

	if (uname(&name) != 0)
		return 0;
	for (const char *at = name.version; *at; at++)
		if (!strncasecmp(at, "hermit", 6))
			return 1;
	return 0;
}

__attribute__((unused)) static int not_applicable(const char *name, const char *reason)
{
	printf("%s: not applicable: %s\n", name, reason);
	return EXIT_NOT_APPLICABLE;
}

#endif
