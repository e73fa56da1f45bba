// libc: both
// user: ordinary
/* adjtimex, clock_adjtime and adjtime: whoever may look may not change. Whether the clock is synchronized differs from machine to machine. */
#include "differ.h"
#include <sys/timex.h>
#include <time.h>

static struct timex state;

static long adjust(int modes)
{
	memset(&state, 0, sizeof state);
	state.modes = modes;
	long result = syscall(SYS_adjtimex, &state);

	return result > 0 ? 0 : result;
}

static long adjust_clock(int clock, int modes)
{
	memset(&state, 0, sizeof state);
	state.modes = modes;
	long result = syscall(SYS_clock_adjtime, clock, &state);

	return result > 0 ? 0 : result;
}

int main(void)
{
	CALL(adjust(0));
	long apart = (long)(time(NULL) - state.time.tv_sec);

	printf("the time is now: %d, a tick of %ld us, precision %ld, tolerance %ld\n", apart >= 0 && apart < 60, state.tick,
	       state.precision, state.tolerance);
	CALL(adjust(ADJ_FREQUENCY));
	CALL(adjust(ADJ_OFFSET_SINGLESHOT));
	CALL(adjust(ADJ_OFFSET_SS_READ));
	CALL(adjust(0x8000));
	CALL(adjust_clock(CLOCK_REALTIME, 0));
	CALL(adjust_clock(CLOCK_REALTIME, ADJ_SETOFFSET));
	CALL(adjust_clock(CLOCK_MONOTONIC, 0));
	CALL(adjust_clock(77, 0));
	CALL(syscall(SYS_adjtimex, NULL));
	CALL(syscall(SYS_clock_adjtime, CLOCK_REALTIME, NULL));
	return 0;
}
