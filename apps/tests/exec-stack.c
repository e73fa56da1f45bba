/*
 * Runs code that it put on its stack: the stack is not executable.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	static const unsigned char returns_42[] = {0xb8, 42, 0, 0, 0, 0xc3};
	volatile unsigned char code[16];

	printf("before\n");
	fflush(stdout);
	memcpy((void *)code, returns_42, sizeof returns_42);
	int (*volatile call)(void) = (int (*)(void))(uintptr_t)code;
	printf("after %d\n", call());
	return 0;
}
