/* Numbers of /proc files whose lines are "Name: number ...". */
#ifndef PROC_NUMBER_H
#define PROC_NUMBER_H
#include "differ.h"

/* The number behind `name`; -1: there is no such line. */
static long number_in(const char *path, const char *name)
{
	char line[512];
	long value = -1;
	FILE *file = fopen(path, "r");

	NEED(file != NULL);
	while (fgets(line, sizeof line, file))
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
			value = strtol(line + strlen(name) + 1, NULL, 10);
	fclose(file);
	return value;
}

#endif
