/* Many readers or one writer: what trying answers in each state. */
// libc: both
// cpus: 1 2
#include "differ.h"
#include <pthread.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static void *try(void *argument)
{
	struct timespec soon = in_ms(CLOCK_REALTIME, 5);
	int error = pthread_rwlock_tryrdlock(&lock);

	printf("%s: read %s\n", (const char *)argument, error_name(error));
	if (error == 0)
		pthread_rwlock_unlock(&lock);
	error = pthread_rwlock_trywrlock(&lock);
	printf("%s: write %s\n", (const char *)argument, error_name(error));
	if (error == 0) {
		pthread_rwlock_unlock(&lock);
		return NULL;
	}
	THREAD_CALL(pthread_rwlock_timedwrlock(&lock, &soon));
	return NULL;
}

static void try_in_thread(const char *state)
{
	pthread_t thread;

	NEED(pthread_create(&thread, NULL, try, (void *)state) == 0);
	pthread_join(thread, NULL);
}

int main(void)
{
	try_in_thread("free");
	THREAD_CALL(pthread_rwlock_rdlock(&lock));
	THREAD_CALL(pthread_rwlock_rdlock(&lock));
	try_in_thread("two readers");
	THREAD_CALL(pthread_rwlock_unlock(&lock));
	THREAD_CALL(pthread_rwlock_unlock(&lock));
	THREAD_CALL(pthread_rwlock_wrlock(&lock));
	try_in_thread("one writer");
	THREAD_CALL(pthread_rwlock_trywrlock(&lock));
	THREAD_CALL(pthread_rwlock_unlock(&lock));
	try_in_thread("free again");
	return 0;
}
