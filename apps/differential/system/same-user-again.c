/* Setting the numbers of user and group to what they are is allowed to everybody; asking for all three gives one number. */
#include "differ.h"

int main(void)
{
	uid_t real, effective, saved;
	gid_t group, effective_group, saved_group;

	CALL(getresuid(&real, &effective, &saved));
	HOLDS(real == getuid() && effective == geteuid() && saved == geteuid());
	CALL(getresgid(&group, &effective_group, &saved_group));
	HOLDS(group == getgid() && effective_group == getegid());
	CALL(syscall(SYS_getresuid, 16, &effective, &saved));
	CALL(syscall(SYS_getresuid, &real, &effective, NULL));
	CALL(syscall(SYS_setresuid, real, effective, saved));
	CALL(syscall(SYS_setresuid, -1, -1, -1));
	CALL(syscall(SYS_setuid, real));
	CALL(syscall(SYS_setuid, -1));
	CALL(syscall(SYS_setgid, -1));
	CALL(syscall(SYS_setreuid, -1, real));
	CALL(syscall(SYS_setregid, group, -1));
	CALL(syscall(SYS_getgroups, -1, NULL));
	HOLDS((uid_t)syscall(SYS_setfsuid, -1) == real);
	HOLDS((uid_t)syscall(SYS_setfsuid, real) == real);
	HOLDS((gid_t)syscall(SYS_setfsgid, -1) == group);
	return 0;
}
