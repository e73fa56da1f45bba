/* A new thread starts with its creator's floating-point control words. */
#include "differ.h"
#include <fenv.h>
#include <pthread.h>

static void *work(void *argument)
{
	HOLDS(fegetround() == FE_UPWARD);
	fesetround(FE_DOWNWARD);
	return argument;
}

int main(void)
{
	pthread_t thread;

	fesetround(FE_UPWARD);
	NEED(pthread_create(&thread, NULL, work, NULL) == 0);
	pthread_join(thread, NULL);
	HOLDS(fegetround() == FE_UPWARD);
	return 0;
}
