/* Arguments, environment and auxiliary vector of a program that execve starts. */
// libc: both
#include "exec.h"
#include <sys/auxv.h>

extern char **environ;

static void show(int count, char **arguments)
{
	printf("%d arguments:", count);
	for (int index = 0; index < count; index++)
		printf(" [%.20s]", arguments[index]);
	printf("%s\n", arguments[count] ? "" : ", then NULL");
	for (char **variable = environ; *variable; variable++)
		printf("variable %.30s, %d bytes\n", *variable, (int)strlen(*variable));
}

static void show_vector(void)
{
	const unsigned char *random = (const unsigned char *)getauxval(AT_RANDOM);

	printf("AT_EXECFN is %s\n", (const char *)getauxval(AT_EXECFN));
	printf("AT_PLATFORM is %s\n", (const char *)getauxval(AT_PLATFORM));
	SHOW(getauxval(AT_PAGESZ));
	SHOW(getauxval(AT_PHENT));
	SHOW(getauxval(AT_SECURE));
	SHOW(getauxval(AT_CLKTCK));
	HOLDS(getauxval(AT_PHDR) != 0 && getauxval(AT_ENTRY) != 0 && getauxval(AT_SYSINFO_EHDR) != 0);
	HOLDS(getauxval(AT_BASE) == 0);
	HOLDS(getauxval(AT_UID) == getuid() && getauxval(AT_EGID) == getegid());
	HOLDS(random && (random[0] | random[1] | random[2] | random[3] | random[4] | random[5] | random[6]) != 0);
}

int main(int count, char **arguments)
{
	static char long_one[100001];
	char *many[1001], *no_variables[] = {NULL};
	char hex[33] = "";
	const unsigned char *random = (const unsigned char *)getauxval(AT_RANDOM);
	int step = count > 0 && strcmp(arguments[0], "step") == 0 ? atoi(arguments[1]) : count == 1000 ? 3 : *arguments[0] ? 0 : 4;

	for (int index = 0; index < 16; index++)
		sprintf(hex + 2 * index, "%02x", random[index]);
	switch (step) {
	case 0:
		execve(SELF, (char *[]){"step", "1", "", "two words", hex, NULL}, (char *[]){"A=1", "", "no sign", NULL});
		break;
	case 1:
		printf("other random bytes: %s\n", strcmp(hex, arguments[4]) != 0 ? "yes" : "no");
		arguments[4] = "";
		show(count, arguments);
		show_vector();
		memset(long_one, 'x', sizeof long_one - 1);
		execve(SELF, (char *[]){"step", "2", long_one, NULL}, (char *[]){long_one, NULL});
		break;
	case 2:
		SHOW(strlen(arguments[2]));
		show(count, arguments);
		for (int index = 0; index < 1000; index++)
			many[index] = "argument";
		many[1000] = NULL;
		execve(SELF, many, no_variables);
		break;
	case 3:
		show(3, arguments);
		HOLDS(arguments[1000] == NULL);
		execve(SELF, NULL, NULL);
		break;
	case 4:
		show(count, arguments);
		return 7;
	}
	printf("execve: %s\n", error_name(errno));
	return 1;
}
