/* A handler's own floating-point work does not reach the interrupted computation. */
// cpus: 1 2
#include "differ.h"
#include <fenv.h>
#include <sys/time.h>

static volatile sig_atomic_t count;

static void handler(int number)
{
	volatile double value = 1;

	(void)number;
	fesetround(FE_UPWARD);
	for (int step = 1; step < 30; step++)
		value = value / 3 + step;
	count++;
}

int main(void)
{
	struct itimerval often = {.it_value = {.tv_usec = 1000}, .it_interval = {.tv_usec = 1000}};
	double sum = 0, same = -1;
	int wrong = 0;

	signal(SIGALRM, handler);
	setitimer(ITIMER_REAL, &often, NULL);
	while (count < 40) {
		sum = 0;
		for (int step = 1; step <= 1000; step++)
			sum += 1.0 / step;
		if (same < 0)
			same = sum;
		wrong += sum != same || fegetround() != FE_TONEAREST;
	}
	SHOW(wrong);
	printf("%.15f\n", same);
	return 0;
}
