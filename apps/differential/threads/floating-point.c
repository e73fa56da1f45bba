/* Floating-point registers and rounding modes belong to the thread and survive switches. */
// cpus: 1 2
#include "differ.h"
#include <fenv.h>
#include <pthread.h>

static void *work(void *argument)
{
	static const int modes[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
	int mode = modes[(long)argument];
	volatile double sum = 0, term = (double)(long)argument + 0.5;
	long wrong = 0;

	fesetround(mode);
	for (int step = 0; step < 2000; step++) {
		sum = sum + term;
		if (step % 100 == 0)
			sched_yield();
		wrong += fegetround() != mode;
	}
	return (void *)(wrong + (sum == term * 2000 ? 0 : 1));
}

int main(void)
{
	pthread_t threads[4];
	void *result;

	for (long index = 0; index < 4; index++)
		NEED(pthread_create(&threads[index], NULL, work, (void *)index) == 0);
	for (int index = 0; index < 4; index++) {
		pthread_join(threads[index], &result);
		SHOW((long)result);
	}
	HOLDS(fegetround() == FE_TONEAREST);
	return 0;
}
