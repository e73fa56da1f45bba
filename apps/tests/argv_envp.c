/*
 * Prints the arguments and the whole environment, in the format of the original's argv_envp.
 * Nothing may be lost or changed on the way into the guest: empty strings, bytes above 127, the last variable.
 */
#include <stdio.h>

extern char **environ;

int main(int argc, char **argv, char **envp)
{
	printf("argc: %d\n", argc);
	for (int i = 0; i < argc; i++)
		printf("  argv[%d]: %s\n", i, argv[i]);
	printf("environ: %p\n", (void *)environ);
	for (; *envp; envp++)
		printf("%s\n", *envp);
	return argv[argc] == NULL ? 0 : 1;
}
