/* MADV_FREE: pages are lost or kept, but what is written afterwards stays. */
#include "differ.h"

int main(void)
{
	char *area = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int wrong = 0;

	NEED(area != MAP_FAILED);
	memset(area, 5, 8 * PAGE);
	CALL(madvise(area, 8 * PAGE, MADV_FREE));
	for (int page = 0; page < 8; page++)
		wrong += area[page * PAGE] != 0 && area[page * PAGE] != 5;
	SHOW(wrong);
	memset(area, 6, 8 * PAGE);
	for (int page = 0; page < 8; page++)
		wrong += area[page * PAGE] != 6;
	SHOW(wrong);
	CALL(madvise(area + 1, PAGE, MADV_FREE));
	return 0;
}
