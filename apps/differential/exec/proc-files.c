/* /proc/self speaks of the new program. */
// libc: both
#include "exec.h"

static char text[65536];

static int read_all(const char *path)
{
	int file = open(path, O_RDONLY), length = 0;
	ssize_t count;

	NEED(file >= 0);
	while ((count = read(file, text + length, sizeof text - 1 - (size_t)length)) > 0)
		length += (int)count;
	text[length] = 0;
	close(file);
	return length;
}

static void show_strings(const char *path)
{
	int length = read_all(path);

	printf("%s:", path);
	for (int place = 0; place < length; place += (int)strlen(text + place) + 1)
		printf(" [%s]", text + place);
	puts("");
}

static bool maps_name(const char *name)
{
	read_all("/proc/self/maps");
	return strstr(text, name) != NULL;
}

int main(int count, char **arguments)
{
	unsigned long *pair;
	char path[PATH_MAX] = "";

	if (step_of(count, arguments) == 0) {
		NEED(mkdir("/tmp/exec-proc", 0755) == 0);
		copy_self("/tmp/exec-proc/new-program");
		NEED(mmap((void *)0x100000000, 65536, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED);
		HOLDS(maps_name("100000000-100010000"));
		start("/tmp/exec-proc/../exec-proc/new-program", 1, "last", NULL);
		return 1;
	}
	NEED(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
	printf("exe %s\n", path);
	show_strings("/proc/self/cmdline");
	show_strings("/proc/self/environ");
	show_strings("/proc/self/comm");
	read_all("/proc/self/auxv");
	for (pair = (unsigned long *)text; pair[0] != 0; pair += 2)
		if (pair[0] == 31)
			printf("AT_EXECFN %s\n", (const char *)pair[1]);
	HOLDS(maps_name("/tmp/exec-proc/new-program\n"));
	HOLDS(maps_name("[stack]"));
	HOLDS(maps_name("[vdso]"));
	HOLDS(!maps_name("100000000-100010000"));
	SHOW(status_value("Threads"));
	CALL(unlink("/tmp/exec-proc/new-program"));
	CALL(rmdir("/tmp/exec-proc"));
	return 0;
}
