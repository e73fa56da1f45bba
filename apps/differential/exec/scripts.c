/* Scripts: interpreter, one argument, the script's path; scripts that interpret scripts; and lines that name no interpreter. */
// libc: both
#include "exec.h"
#include <sys/auxv.h>
#include <sys/prctl.h>

static const struct {
	const char *name, *text;
} scripts[] = {
	{"plain", "#!" SELF "\nrest\n"},
	{"argument", "#! \t" SELF " \t one argument with blanks \t\n"},
	{"no-newline", "#!" SELF " x"},
	{"relative", "#!./copy x\n"},
	{"missing", "#!/nowhere/at-all\n"},
	{"folder", "#!/tmp\n"},
	{"windows", "#!" SELF "\r\n"},
	{"nothing", "#!\n"},
	{"blanks", "#!   \t \n"},
	{"nested-1", "#!./plain one\n"},
	{"nested-2", "#!./nested-1 two\n"},
	{"nested-3", "#!./nested-2 three\n"},
	{"nested-4", "#!./nested-3\n"},
	{"nested-5", "#!./nested-4\n"},
	{"itself", "#!./itself\n"},
};

static void show(int count, char **arguments)
{
	char name[17] = "", exe[PATH_MAX] = "";

	NEED(prctl(PR_GET_NAME, name) == 0 && readlink(SELF, exe, sizeof exe - 1) > 0);
	printf("called %s, found as %s, exe %s:", name, (const char *)getauxval(AT_EXECFN), strrchr(exe, '/') + 1);
	for (int index = 0; index < count; index++)
		printf(" [%s]", arguments[index]);
	puts("");
}

/* The scripts' interpreter starts the next script; how far it is stands in the environment. */
static void start_next(int index)
{
	char number[20];

	for (; index < (int)ARRAY_LENGTH(scripts); index++) {
		char path[64];

		snprintf(number, sizeof number, "SCRIPT=%d", index + 1);
		snprintf(path, sizeof path, "./%s", scripts[index].name);
		execve(path, (char *[]){"replaced", "last", NULL}, (char *[]){number, NULL});
		printf("%s: %s\n", scripts[index].name, error_name(errno));
	}
}

int main(int count, char **arguments)
{
	const char *number = getenv("SCRIPT");
	char long_line[400] = "#!/";

	if (number) {
		show(count, arguments);
		start_next(atoi(number));
		for (size_t index = 0; index < ARRAY_LENGTH(scripts); index++)
			NEED(unlink(scripts[index].name) == 0);
		NEED(unlink("copy") == 0 && unlink("long") == 0 && rmdir("/tmp/exec-scripts") == 0);
		return 5;
	}
	NEED(mkdir("/tmp/exec-scripts", 0755) == 0 && chdir("/tmp/exec-scripts") == 0);
	copy_self("copy");
	for (size_t index = 0; index < ARRAY_LENGTH(scripts); index++)
		make_script(scripts[index].name, scripts[index].text);
	memset(long_line + 3, 'l', 300);
	make_script("long", long_line);
	execve("./long", (char *[]){"long", NULL}, NULL);
	printf("long: %s\n", error_name(errno));
	start_next(0);
	return 1;
}
