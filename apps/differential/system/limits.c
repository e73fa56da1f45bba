/* getrlimit, setrlimit, prlimit64: which limits there are, raising and lowering, what is refused. */
#include "differ.h"
#include <sys/resource.h>

int main(void)
{
	struct rlimit limit, old;

	for (int resource = 0; resource < 16; resource++) {
		printf("limit %d: ", resource);
		CALL(getrlimit(resource, &limit));
		HOLDS(limit.rlim_cur <= limit.rlim_max);
	}
	CALL(getrlimit(16, &limit));
	CALL(getrlimit(-1, &limit));
	NEED(getrlimit(RLIMIT_CORE, &limit) == 0);
	limit.rlim_cur = 0;
	CALL(setrlimit(RLIMIT_CORE, &limit));
	NEED(getrlimit(RLIMIT_NOFILE, &old) == 0);
	limit.rlim_cur = limit.rlim_max = 64;
	CALL(prlimit(0, RLIMIT_NOFILE, &limit, &old));
	CALL(prlimit(getpid(), RLIMIT_NOFILE, NULL, &old));
	SHOW(old.rlim_cur);
	limit.rlim_cur = 65;
	CALL(setrlimit(RLIMIT_NOFILE, &limit));
	CALL(prlimit(0x3fffffff, RLIMIT_NOFILE, NULL, &old));
	CALL(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, 16, NULL));
	CALL(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, 16));
	return 0;
}
