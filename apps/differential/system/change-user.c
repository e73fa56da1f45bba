/* Root becomes another user, partly or for good, and what each of the calls then allows; others may only choose among the numbers that they have. */
#include "differ.h"
#include <grp.h>

static void show(const char *when)
{
	uid_t user[3];
	gid_t group[3];

	NEED(syscall(SYS_getresuid, user, user + 1, user + 2) == 0 && syscall(SYS_getresgid, group, group + 1, group + 2) == 0);
	if (geteuid() != 65533 && getuid() == user[0] && geteuid() == user[1])
		printf("%s: %u %u %u, %u %u %u\n", when, user[0], user[1], user[2], group[0], group[1], group[2]);
}

static void show_groups(void)
{
	gid_t list[8] = {0};
	int count = getgroups(8, list);

	printf("%d groups:", count);
	for (int index = 0; index < count && index < 8; index++)
		printf(" %u", list[index]);
	putchar('\n');
}

static void show_root(void)
{
	gid_t wanted[3] = {7, 1000, 50};

	CALL(syscall(SYS_setgroups, 3, wanted));
	show_groups();
	CALL(getgroups(2, wanted));
	CALL(getgroups(0, NULL));
	CALL(syscall(SYS_setgroups, 3, 16));
	CALL(syscall(SYS_setgroups, 70000, wanted));
	CALL(setegid(1000));
	show("another effective group");
	CALL(setegid(0));
	CALL(seteuid(1000));
	show("another effective user");
	CALL(syscall(SYS_setgroups, 0, NULL));
	CALL(setegid(1000));
	CALL(syscall(SYS_setuid, 1001));
	CALL(syscall(SYS_setresuid, 1001, -1, -1));
	CALL(syscall(SYS_setreuid, 1000, -1));
	show("real as effective");
	CALL(seteuid(0));
	show("back by the saved number");
	CALL(syscall(SYS_setreuid, 0, 0));
	show("root again");
	CALL(syscall(SYS_setfsuid, 1000));
	CALL(syscall(SYS_setfsuid, -1));
	CALL(syscall(SYS_setfsuid, 0));
	CALL(syscall(SYS_setresgid, 10, 20, 30));
	show("three groups");
	CALL(syscall(SYS_setresuid, 1000, 2000, 3000));
	show("three users");
}

static void show_others(void)
{
	CALL(syscall(SYS_setresuid, 2000, 3000, 1000));
	show("in another order");
	CALL(syscall(SYS_setresuid, 0, -1, -1));
	CALL(syscall(SYS_setuid, 0));
	CALL(syscall(SYS_setuid, 1000));
	show("the saved one");
	CALL(syscall(SYS_setreuid, 3000, -1));
	CALL(syscall(SYS_setreuid, 1000, 2000));
	show("two");
	CALL(syscall(SYS_setgid, 30));
	CALL(syscall(SYS_setgid, 99));
	CALL(syscall(SYS_setregid, 20, 10));
	CALL(syscall(SYS_setgroups, 0, NULL));
	CALL(syscall(SYS_setresuid, 2000, 2000, 2000));
	show("for good");
	CALL(syscall(SYS_setuid, 1000));
	show_groups();
}

int main(void)
{
	show_root();
	show_others();
	return 0;
}
