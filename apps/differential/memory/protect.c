/* mprotect in the middle splits: each part keeps its own rights and contents. */
#include "differ.h"

int main(void)
{
	char *area = mmap(NULL, 6 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(area != MAP_FAILED);
	memset(area, 3, 6 * PAGE);
	CALL(mprotect(area + 2 * PAGE, 2 * PAGE, PROT_READ));
	WRITING(area + 2 * PAGE - 1);
	WRITING(area + 2 * PAGE);
	READING(area + 2 * PAGE);
	WRITING(area + 4 * PAGE);
	CALL(mprotect(area + 3 * PAGE, PAGE, PROT_NONE));
	READING(area + 3 * PAGE);
	READING(area + 2 * PAGE);
	CALL(mprotect(area, 6 * PAGE, PROT_READ | PROT_WRITE));
	WRITING(area + 3 * PAGE + 5);
	SHOW(area[2 * PAGE + 7] + area[3 * PAGE + 7]);
	return 0;
}
