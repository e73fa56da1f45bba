/*
 * getenv, setenv, unsetenv, putenv, and an environment as large as the harness made it: "environment COUNT" finds
 * VARIABLE_0 .. VARIABLE_<COUNT-1>, each as long as its number asks.
 */
#define _GNU_SOURCE
#include "check.h"

extern char **environ;

static void harness_variables(int count)
{
	char name[32];
	int bad = 0;

	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof name, "VARIABLE_%d", i);
		const char *value = getenv(name);
		bad += value == NULL || strlen(value) != (size_t)(i * 7 % 300);
	}
	CHECK_EQ(bad, 0);
}

int main(int argc, char **argv)
{
	harness_variables(argc > 1 ? atoi(argv[1]) : 0);
	CHECK(getenv("EMPTY") != NULL && *getenv("EMPTY") == 0);
	CHECK(getenv("SIGNS") != NULL && strcmp(getenv("SIGNS"), "a=b c\t\xc3\xa4\xe2\x82\xac'\"\\") == 0);
	CHECK(getenv("LONG") != NULL && strlen(getenv("LONG")) == 50000);
	CHECK(getenv("NOT_THERE") == NULL);
	CHECK_EQ(setenv("NOT_THERE", "now", 0), 0);
	CHECK(getenv("NOT_THERE") != NULL && strcmp(getenv("NOT_THERE"), "now") == 0);
	CHECK_EQ(setenv("NOT_THERE", "again", 1), 0);
	CHECK(strcmp(getenv("NOT_THERE"), "again") == 0);
	CHECK_EQ(unsetenv("NOT_THERE"), 0);
	CHECK(getenv("NOT_THERE") == NULL);
	CHECK_EQ(putenv("PUT=value"), 0);
	CHECK(strcmp(getenv("PUT"), "value") == 0);
	CHECK_EQ(clearenv(), 0);
	CHECK(getenv("PUT") == NULL);
	return check_done("environment");
}
