/*
 * `refuses CALL[:SECOND[:THIRD]][=ERROR] PROGRAM ARGS`: a host on which the system call of that number (with these low halves of its second and
 * third argument) answers EIO, or another error (0: it answers 0 and does nothing), for one command. Linux only.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { LOAD_CALL, NO_CALL, LOAD_SECOND, NO_SECOND, LOAD_THIRD, NO_THIRD, REFUSE, ALLOW, STEPS };

static unsigned argument_at(int index)
{
	return offsetof(struct seccomp_data, args) + index * sizeof(__u64);
}

/* Everything that does not match goes to ALLOW. */
static struct sock_filter unless(int step, unsigned value)
{
	return (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, ALLOW - step - 1);
}

static struct sock_filter load(unsigned offset)
{
	return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset);
}

/* The step compares if the wish goes on, and passes everything else. */
static char *compare_next(struct sock_filter *filter, int step, char *rest)
{
	filter[step] = *rest == ':' ? unless(step, strtoul(rest + 1, &rest, 0)) : filter[step - 1];
	return rest;
}

static int confine(const char *wish)
{
	char *rest;
	struct sock_filter filter[STEPS];
	unsigned error = EIO;

	filter[LOAD_CALL] = load(offsetof(struct seccomp_data, nr));
	filter[NO_CALL] = unless(NO_CALL, strtoul(wish, &rest, 0));
	filter[LOAD_SECOND] = load(argument_at(1));
	rest = compare_next(filter, NO_SECOND, rest);
	filter[LOAD_THIRD] = load(argument_at(2));
	rest = compare_next(filter, NO_THIRD, rest);
	if (*rest == '=')
		error = strtoul(rest + 1, &rest, 0);
	filter[REFUSE] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
	filter[ALLOW] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { STEPS, filter };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: refuses CALL[:SECOND[:THIRD]][=ERROR] PROGRAM ARGS\n");
		return 2;
	}
	if (confine(argv[1]) != 0) {
		perror("refuses");
		return 1;
	}
	execv(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
