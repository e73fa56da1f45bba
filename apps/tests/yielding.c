/*
 * sched_yield with nothing else to run returns at once, a hundred thousand times.
 */
#include <sched.h>
#include "check.h"

int main(void)
{
	int bad = 0;

	for (int i = 0; i < 100000; i++)
		bad += sched_yield() != 0;
	CHECK_EQ(bad, 0);
	return check_done("yielding");
}
