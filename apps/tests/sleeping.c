/*
 * nanosleep and clock_nanosleep really sleep: never shorter than asked, to a deadline where one is given, and with the
 * errors of the manual page for times that are none. How much longer a sleep takes is not tested; a busy host decides.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

#define NS_PER_SECOND 1000000000ll
#define MS 1000000ll

static int64_t now_ns(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec * NS_PER_SECOND + at.tv_nsec;
}

static struct timespec span(int64_t ns)
{
	return (struct timespec){ns / NS_PER_SECOND, ns % NS_PER_SECOND};
}

int main(void)
{
	int64_t start = now_ns();
	struct timespec wait = span(60 * MS), rest = {-1, -1};

	CHECK_EQ(nanosleep(&wait, &rest), 0);
	CHECK(now_ns() - start >= 60 * MS);

	start = now_ns();
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &wait, NULL), 0);
	CHECK(now_ns() - start >= 60 * MS);

	start = now_ns();
	wait = span(start + 60 * MS);
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wait, NULL), 0);
	CHECK(now_ns() >= start + 60 * MS);

	/* A deadline that has passed, and no time at all: both return. */
	wait = span(start);
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wait, NULL), 0);
	wait = span(0);
	CHECK_EQ(nanosleep(&wait, NULL), 0);

	struct timespec wall;
	clock_gettime(CLOCK_REALTIME, &wall);
	start = now_ns();
	wait = span(wall.tv_sec * NS_PER_SECOND + wall.tv_nsec + 40 * MS);
	CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &wait, NULL), 0);
	clock_gettime(CLOCK_REALTIME, &wall);
	CHECK(wall.tv_sec * NS_PER_SECOND + wall.tv_nsec >= wait.tv_sec * NS_PER_SECOND + wait.tv_nsec);

	start = now_ns();
	for (int i = 0; i < 20; i++)
		CHECK_EQ(usleep(1000), 0);
	CHECK(now_ns() - start >= 20 * MS);

	wait = (struct timespec){0, 1000000000};
	errno = 0;
	CHECK(nanosleep(&wait, NULL) == -1 && errno == EINVAL);
	wait = (struct timespec){-1, 0};
	errno = 0;
	CHECK(nanosleep(&wait, NULL) == -1 && errno == EINVAL);
	CHECK_EQ(clock_nanosleep(1000, 0, &rest, NULL), EINVAL);
	return check_done("sleeping");
}
