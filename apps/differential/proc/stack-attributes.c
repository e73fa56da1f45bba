/* pthread_getattr_np of the first thread, which the C library works out from the limits and the maps, surrounds its stack. */
// libc: both
#include "differ.h"
#include <pthread.h>

int main(void)
{
	pthread_attr_t attributes;
	void *address = NULL;
	size_t size = 0;
	int local;

	THREAD_CALL(pthread_getattr_np(pthread_self(), &attributes));
	THREAD_CALL(pthread_attr_getstack(&attributes, &address, &size));
	HOLDS((char *)&local > (char *)address && (char *)&local < (char *)address + size);
	HOLDS(size >= 64 * KIB);
	return 0;
}
