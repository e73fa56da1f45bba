/* RLIMIT_NOFILE limits the number of descriptors: EMFILE. */
#include "differ.h"
#include <sys/resource.h>

int main(void)
{
	struct rlimit limit;
	int last = -1, number;

	NEED(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = 32;
	CALL(setrlimit(RLIMIT_NOFILE, &limit));
	while ((number = dup(1)) >= 0)
		last = number;
	puts(error_name(errno));
	SHOW(last);
	CALL(dup2(1, 32));
	CALL(dup2(1, 31));
	CALL(close(10));
	CALL(dup(1));
	CALL(sysconf(_SC_OPEN_MAX));
	return 0;
}
