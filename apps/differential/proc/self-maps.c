/* /proc/self/maps: code, data, heap, stack and mappings with their rights, ascending. */
#include "differ.h"

static char data[10000];

static void find(const char *what, const void *address)
{
	unsigned long start, end;
	char line[512], rights[8];
	FILE *maps = fopen("/proc/self/maps", "r");

	NEED(maps != NULL);
	while (fgets(line, sizeof line, maps))
		if (sscanf(line, "%lx-%lx %4s", &start, &end, rights) == 3 && (uintptr_t)address >= start && (uintptr_t)address < end) {
			printf("%s: %s%s\n", what, rights, strstr(line, "[stack]") ? " [stack]" : "");
			fclose(maps);
			return;
		}
	printf("%s: not found\n", what);
	fclose(maps);
}

int main(void)
{
	unsigned long start, end, last = 0;
	char *area = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), line[512];
	int descending = 0, local;

	NEED(area != MAP_FAILED && mprotect(area + PAGE, PAGE, PROT_NONE) == 0 && munmap(area + 2 * PAGE, PAGE) == 0);
	find("code", (void *)(uintptr_t)find);
	find("data", data);
	find("stack", &local);
	find("a mapping", area);
	find("a guard page", area + PAGE);
	FILE *maps = fopen("/proc/self/maps", "r");
	while (maps && fgets(line, sizeof line, maps))
		if (sscanf(line, "%lx-%lx", &start, &end) == 2) {
			descending += start < last || end <= start;
			last = end;
		}
	SHOW(descending);
	return 0;
}
