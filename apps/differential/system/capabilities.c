/* capget and capset: versions, whose they are, and that what is given up stays away, until another program begins. */
#include "differ.h"
#include <pthread.h>
#include <stdint.h>

/* musl-gcc has no linux/capability.h. */
#define _LINUX_CAPABILITY_VERSION_1 0x19980330
#define _LINUX_CAPABILITY_VERSION_2 0x20071026
#define _LINUX_CAPABILITY_VERSION_3 0x20080522
struct __user_cap_header_struct {
	uint32_t version;
	int pid;
};
struct __user_cap_data_struct {
	uint32_t effective, permitted, inheritable;
};

static struct __user_cap_data_struct sets[2];

static long get(uint32_t version, int pid)
{
	struct __user_cap_header_struct header = {version, pid};
	long result = syscall(SYS_capget, &header, sets);

	if (header.version != version)
		printf("the version is %x now\n", header.version);
	return result;
}

static long set(uint32_t version, int pid)
{
	struct __user_cap_header_struct header = {version, pid};

	return syscall(SYS_capset, &header, sets);
}

static int is_within(void)
{
	return !(sets[0].effective & ~sets[0].permitted) && !(sets[1].effective & ~sets[1].permitted) && !(sets[1].permitted >> 9);
}

static void *in_a_thread(void *argument)
{
	CALL(get(_LINUX_CAPABILITY_VERSION_3, 0));
	printf("a thread has %x %x\n", sets[0].effective, sets[0].permitted);
	CALL(get(_LINUX_CAPABILITY_VERSION_3, getpid()));
	printf("the first thread has %x %x\n", sets[0].effective, sets[0].permitted);
	CALL(set(_LINUX_CAPABILITY_VERSION_3, getpid()));
	return argument;
}

int main(int count, char **arguments)
{
	struct __user_cap_header_struct header = {0, 0};
	pthread_t thread;
	char first[12];

	CALL(get(_LINUX_CAPABILITY_VERSION_3, 0));
	snprintf(first, sizeof first, "%x", sets[0].permitted);
	if (count > 1) {
		printf("after execve as at first: %d\n", strcmp(first, arguments[1]) == 0);
		return 0;
	}
	printf("effective within permitted, none unknown: %d\n", is_within());
	CALL(get(_LINUX_CAPABILITY_VERSION_2, getpid()));
	CALL(get(_LINUX_CAPABILITY_VERSION_1, 0));
	CALL(get(0x12345678, 0));
	CALL(get(_LINUX_CAPABILITY_VERSION_3, -1));
	CALL(get(_LINUX_CAPABILITY_VERSION_3, 99999999));
	CALL(syscall(SYS_capget, &header, NULL));
	printf("preferred: %x\n", header.version);
	CALL(syscall(SYS_capget, &header, NULL));
	CALL(syscall(SYS_capget, NULL, sets));
	CALL(syscall(SYS_capset, &header, NULL));
	CALL(get(_LINUX_CAPABILITY_VERSION_3, 0));
	CALL(set(_LINUX_CAPABILITY_VERSION_3, 0));
	CALL(set(_LINUX_CAPABILITY_VERSION_3, 1));
	CALL(set(0, 0));
	memset(sets, 0, sizeof sets);
	sets[0].effective = 1;
	CALL(set(_LINUX_CAPABILITY_VERSION_3, 0));
	memset(sets, 0, sizeof sets);
	CALL(set(_LINUX_CAPABILITY_VERSION_3, 0));
	CALL(get(_LINUX_CAPABILITY_VERSION_3, 0));
	printf("left: %x %x\n", sets[0].effective, sets[0].permitted);
	sets[0].permitted = sets[0].effective = 1;
	CALL(set(_LINUX_CAPABILITY_VERSION_3, 0));
	NEED(pthread_create(&thread, NULL, in_a_thread, NULL) == 0);
	pthread_join(thread, NULL);
	fflush(stdout);
	execve("/proc/self/exe", (char *[]){"again", first, NULL}, (char *[]){NULL});
	return 1;
}
