/* prctl: what programs ask for at their start, and what is unknown. */
#include "differ.h"
#include <sys/prctl.h>

int main(void)
{
	int value = -1;

	CALL(prctl(PR_GET_DUMPABLE));
	CALL(prctl(PR_SET_DUMPABLE, 0));
	CALL(prctl(PR_GET_DUMPABLE));
	CALL(prctl(PR_SET_DUMPABLE, 7));
	CALL(prctl(PR_GET_PDEATHSIG, &value));
	SHOW(value);
	CALL(prctl(PR_SET_PDEATHSIG, SIGTERM));
	CALL(prctl(PR_GET_PDEATHSIG, &value));
	SHOW(value);
	CALL(prctl(PR_SET_PDEATHSIG, 100));
	CALL(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	CALL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	CALL(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	CALL(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	CALL(prctl(PR_SET_NAME, NULL));
	CALL(prctl(PR_GET_TIMERSLACK));
	CALL(prctl(123456, 0, 0, 0, 0));
	return 0;
}
