/* What another user leaves of root's capabilities: with and without PR_SET_KEEPCAPS, secure bits, the ambient and the bounding set, over execve. */
#include "differ.h"
#include <sys/prctl.h>

#define CAP_CHOWN 0
#define CAP_SETUID 7
#define CAP_NET_RAW 13
#define BITS (1u << CAP_CHOWN | 1u << CAP_SETUID | 1u << CAP_NET_RAW)

struct header {
	uint32_t version;
	int pid;
};
struct data {
	uint32_t effective, permitted, inheritable;
};

static struct header header = {0x20080522, 0};

static void show(const char *when)
{
	struct data data[2];
	unsigned long long status[5] = {0};
	char line[256];
	FILE *file = fopen("/proc/thread-self/status", "r");

	NEED(syscall(SYS_capget, &header, data) == 0 && file != NULL);
	printf("%s: effective %x, permitted %x, inheritable %x", when, data[0].effective & BITS, data[0].permitted & BITS,
	       data[0].inheritable & BITS);
	while (fgets(line, sizeof(line), file) != NULL) {
		sscanf(line, "CapEff: %llx", &status[0]);
		sscanf(line, "CapPrm: %llx", &status[1]);
		sscanf(line, "CapAmb: %llx", &status[2]);
		sscanf(line, "CapBnd: %llx", &status[3]);
	}
	fclose(file);
	printf(", ambient %llx, bounding %llx, as in /proc %d\n", status[2] & BITS, status[3] & BITS,
	       (uint32_t)status[0] == data[0].effective && (uint32_t)status[1] == data[0].permitted);
}

static void set(uint32_t effective, uint32_t inheritable)
{
	struct data data[2];

	NEED(syscall(SYS_capget, &header, data) == 0);
	data[0].effective = effective;
	data[0].inheritable = inheritable;
	CALL(syscall(SYS_capset, &header, data));
}

static void there_and_back(void)
{
	CALL(seteuid(1000));
	show("effective user 1000");
	CALL(seteuid(0));
	show("root again");
	CALL(syscall(SYS_setfsuid, 1000));
	show("user of files 1000");
	CALL(syscall(SYS_setfsuid, 0));
	show("root for files again");
}

static void options(void)
{
	CALL(prctl(PR_GET_KEEPCAPS));
	CALL(prctl(PR_SET_KEEPCAPS, 2));
	CALL(prctl(PR_GET_SECUREBITS));
	CALL(prctl(PR_SET_SECUREBITS, 0x1000));
	CALL(prctl(PR_CAPBSET_READ, CAP_NET_RAW));
	CALL(prctl(PR_CAPBSET_READ, 99));
	CALL(prctl(PR_CAPBSET_DROP, 99));
	CALL(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0));
	CALL(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
	CALL(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 99, 0, 0));
	CALL(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 1, 0));
	CALL(prctl(PR_CAP_AMBIENT, 9, CAP_CHOWN, 0, 0));
	CALL(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0));
}

static void again(char *next)
{
	execv("/proc/self/exe", (char *[]){"self", next, NULL});
	fail("execv");
}

/* Root, with ambient capabilities for whom comes next. */
static void first(void)
{
	show("root");
	there_and_back();
	options();
	CALL(prctl(PR_SET_SECUREBITS, 0x50));
	CALL(prctl(PR_GET_KEEPCAPS));
	CALL(prctl(PR_SET_SECUREBITS, 0));
	CALL(prctl(PR_CAPBSET_DROP, CAP_NET_RAW));
	CALL(prctl(PR_SET_KEEPCAPS, 1));
	CALL(setresuid(1000, 1000, 1000));
	show("kept");
	CALL(setuid(0));
	CALL(prctl(PR_CAPBSET_DROP, CAP_CHOWN));
	CALL(prctl(PR_SET_SECUREBITS, 0));
	set(1u << CAP_SETUID, 1u << CAP_CHOWN);
	CALL(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
	CALL(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SETUID, 0, 0));
	show("with ambient ones");
	CALL(setuid(2000));
	show("another user");
	again("second");
}

/* User 2000, by CAP_SETUID; real and saved the same, nothing of root. */
static void second(void)
{
	CALL(prctl(PR_GET_KEEPCAPS));
	CALL(getuid());
	show("another program");
	CALL(setuid(3000));
	CALL(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_CHOWN, 0, 0));
	show("lowered");
	again("third");
}

int main(int count, char **arguments)
{
	if (geteuid() == 0 && count == 1)
		first();
	if (count == 1)
		puts("not root");
	else if (strcmp(arguments[1], "second") == 0)
		second();
	else if (strcmp(arguments[1], "third") == 0)
		show("nothing left");
	return 0;
}
