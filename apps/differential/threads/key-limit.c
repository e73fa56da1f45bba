/* Keys run out with EAGAIN, and a deleted one can be made again. */
// libc: both
#include "differ.h"
#include <pthread.h>

int main(void)
{
	static pthread_key_t keys[PTHREAD_KEYS_MAX + 1];
	int count = 0, error = 0;

	while (count <= PTHREAD_KEYS_MAX && (error = pthread_key_create(&keys[count], NULL)) == 0)
		count++;
	HOLDS(count > PTHREAD_KEYS_MAX - 4 && count <= PTHREAD_KEYS_MAX);
	printf("then: %s\n", error_name(error));
	THREAD_CALL(pthread_key_delete(keys[7]));
	THREAD_CALL(pthread_key_create(&keys[7], NULL));
	return 0;
}
