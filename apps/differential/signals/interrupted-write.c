/* write into a full pipe is interrupted with what it has written so far, or with EINTR if that is nothing. */
#include "alarms.h"
#include <fcntl.h>

int main(void)
{
	static char bytes[200000];
	int ends[2];

	NEED(pipe(ends) == 0);
	SHOW(fcntl(ends[1], F_GETPIPE_SZ));
	alarms_begin(count_alarm, 0);
	CALL(write(ends[1], bytes, sizeof bytes));
	CALL(write(ends[1], bytes, 1));
	alarms_end();
	return 0;
}
