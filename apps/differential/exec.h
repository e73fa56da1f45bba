/* For programs about execve: most start themselves again, with the number of the step as their first argument. */
#ifndef EXEC_H
#define EXEC_H
#include "files.h"

#define SELF "/proc/self/exe"
#define MOST_ARGUMENTS 8

/* Which start of the program this is: 0 for the first. */
static inline int step_of(int count, char **arguments)
{
	return count > 1 ? atoi(arguments[1]) : 0;
}

/* Starts `path` as "again STEP ..."; the further arguments end with NULL. Comes back only if that fails. */
static inline void start(const char *path, int step, ...)
{
	char number[12];
	char *arguments[MOST_ARGUMENTS] = {"again", number};
	char *environment[] = {"STEP=yes", NULL};
	va_list more;

	snprintf(number, sizeof number, "%d", step);
	va_start(more, step);
	for (int index = 2; index < MOST_ARGUMENTS - 1; index++)
		if (!(arguments[index] = va_arg(more, char *)))
			break;
	va_end(more);
	execve(path, arguments, environment);
	printf("execve: %s\n", error_name(errno));
}

static inline void copy_self(const char *name)
{
	char bytes[4096];
	int from = open(SELF, O_RDONLY), to = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0755);
	ssize_t count;

	NEED(from >= 0 && to >= 0);
	while ((count = read(from, bytes, sizeof bytes)) > 0)
		NEED(write(to, bytes, (size_t)count) == count);
	NEED(count == 0 && close(from) == 0 && close(to) == 0);
}

static inline void make_script(const char *name, const char *text)
{
	make_file(name, text);
	NEED(chmod(name, 0755) == 0);
}

/* The value behind a name in /proc/self/status. */
static inline long status_value(const char *name)
{
	char line[256];
	long value = -1;
	FILE *file = fopen("/proc/self/status", "r");

	NEED(file);
	while (fgets(line, sizeof line, file))
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
			value = strtol(line + strlen(name) + 1, NULL, 10);
	fclose(file);
	return value;
}
#endif
