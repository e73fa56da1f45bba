/* The threads of C11: thrd, mtx, cnd, tss, call_once. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <threads.h>

static mtx_t lock;
static cnd_t changed;
static tss_t key;
static once_flag once = ONCE_FLAG_INIT;
static int ready;

static void initialise(void)
{
	puts("once");
}

static void destroy(void *value)
{
	printf("tss destructor: %s\n", (const char *)value);
}

static int work(void *argument)
{
	call_once(&once, initialise);
	tss_set(key, argument);
	mtx_lock(&lock);
	ready = 1;
	cnd_signal(&changed);
	mtx_unlock(&lock);
	thrd_exit(17);
}

int main(void)
{
	struct timespec soon = in_ms(CLOCK_REALTIME, 5), pause = {.tv_nsec = 1000};
	thrd_t thread;
	int result;

	HOLDS(mtx_init(&lock, mtx_timed) == thrd_success);
	HOLDS(cnd_init(&changed) == thrd_success);
	HOLDS(tss_create(&key, destroy) == thrd_success);
	call_once(&once, initialise);
	mtx_lock(&lock);
	HOLDS(thrd_create(&thread, work, "value") == thrd_success);
	while (!ready)
		cnd_wait(&changed, &lock);
	HOLDS(thrd_join(thread, &result) == thrd_success);
	SHOW(result);
	HOLDS(cnd_timedwait(&changed, &lock, &soon) == thrd_timedout);
	HOLDS(mtx_trylock(&lock) == thrd_busy);
	HOLDS(thrd_sleep(&pause, NULL) == 0);
	return 0;
}
