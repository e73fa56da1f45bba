/* eventfd: adding up, taking all or one, blocking rules, the greatest value. */
#include "differ.h"
#include <fcntl.h>
#include <sys/eventfd.h>

int main(void)
{
	uint64_t value = 3;
	int counter = eventfd(0, EFD_NONBLOCK), semaphore = eventfd(2, EFD_NONBLOCK | EFD_SEMAPHORE | EFD_CLOEXEC);

	SHOW(counter);
	SHOW(semaphore);
	CALL(read(counter, &value, 8));
	CALL(write(counter, &value, 8));
	CALL(write(counter, &value, 8));
	CALL(read(counter, &value, 4));
	CALL(read(counter, &value, 8));
	SHOW(value);
	value = UINT64_MAX;
	CALL(write(counter, &value, 8));
	value = UINT64_MAX - 1;
	CALL(write(counter, &value, 8));
	value = 1;
	CALL(write(counter, &value, 8));
	CALL(write(counter, &value, 4));
	CALL(read(counter, &value, 8));
	HOLDS(value == UINT64_MAX - 1);
	for (int time = 0; time < 3; time++) {
		value = 99;
		CALL(read(semaphore, &value, 8));
		SHOW(value);
	}
	CALL(fcntl(semaphore, F_GETFD));
	CALL(eventfd(0, 0x100));
	CALL(lseek(counter, 0, SEEK_SET));
	return 0;
}
