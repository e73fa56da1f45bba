/* read of an empty pipe: EINTR without SA_RESTART, started again with it, as often as signals come. */
// libc: both
#include "alarms.h"

static int ends[2];

/* The reader has gone on waiting behind some signals when there is something to read. */
static void write_at_last(int number)
{
	count_alarm(number);
	if (alarm_count == 4)
		NEED(write(ends[1], "x", 1) == 1);
}

int main(void)
{
	char bytes[8];

	NEED(pipe(ends) == 0);
	alarms_begin(count_alarm, 0);
	CALL(read(ends[0], bytes, sizeof bytes));
	alarms_end();
	alarms_begin(write_at_last, SA_RESTART);
	CALL(read(ends[0], bytes, sizeof bytes));
	alarms_end();
	HOLDS(alarm_count >= 4);
	return 0;
}
