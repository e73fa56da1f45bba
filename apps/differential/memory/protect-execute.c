/* Code that the program writes runs once its page may be executed, and not before. */
#include "differ.h"

int main(void)
{
	static const unsigned char code[] = {0xb8, 0x2a, 0, 0, 0, 0xc3};
	unsigned char *area = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int (*function)(void) = (int (*)(void))(uintptr_t)area;

	NEED(area != MAP_FAILED);
	memcpy(area, code, sizeof code);
	catch_faults();
	fault_signal = 0;
	if (sigsetjmp(fault_return, 1) == 0)
		SHOW(function());
	puts(fault_name());
	HOLDS(fault_address == area);
	CALL(mprotect(area, PAGE, PROT_READ | PROT_EXEC));
	SHOW(function());
	WRITING(area);
	CALL(mprotect(area, PAGE, PROT_READ | PROT_WRITE));
	area[1] = 43;
	CALL(mprotect(area, PAGE, PROT_READ | PROT_EXEC));
	SHOW(function());
	return 0;
}
