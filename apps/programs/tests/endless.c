/* Every OpenMP thread counts twice a second, for ever: shows whether threads go on after a checkpoint or a migration. */
#include <stdio.h>

#include <hermit/syscall.h>

#define PAUSE_MS 500

int main(void)
{
#pragma omp parallel
	for (unsigned long counter = 0;; counter++) {
		printf("Counter %lu\n", counter);
		fflush(stdout);
		sys_msleep(PAUSE_MS);
	}
}
