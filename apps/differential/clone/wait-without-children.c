/* Waiting without children. */
#include "differ.h"
#include <sys/wait.h>

int main(void)
{
	siginfo_t info;
	int status;

	CALL(wait(&status));
	CALL(waitpid(-1, &status, WNOHANG));
	CALL(waitpid(getpid(), &status, 0));
	CALL(waitid(P_ALL, 0, &info, WEXITED | WNOHANG));
	CALL(waitpid(-1, &status, 0x10000));
	return 0;
}
