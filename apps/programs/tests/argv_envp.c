/* Shows the arguments and the whole environment: nothing of either may be lost or changed on the way into the guest. */
#include <stdio.h>

extern char **environ;

int main(int argc, char **argv, char **envp)
{
	printf("argc: %d\n", argc);
	for (int i = 0; i < argc; i++)
		printf("  argv[%d]: %s\n", i, argv[i]);
	printf("environ: %p\n", (void *)environ);
	while (*envp != NULL)
		puts(*envp++);
	return argv[argc] == NULL ? 0 : 1;
}
