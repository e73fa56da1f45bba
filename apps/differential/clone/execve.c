/* Another program cannot take the guest over. */
// differs: one process runs one image; execve answers ENOSYS
// guest| execve: -1 ENOSYS
#include "differ.h"

int main(int count, char **arguments)
{
	char *next[] = {arguments[0], "again", NULL};

	if (count > 1) {
		puts("the new image runs");
		return 0;
	}
	execve("/proc/self/exe", next, NULL);
	printf("execve: -1 %s\n", error_name(errno));
	return 0;
}
