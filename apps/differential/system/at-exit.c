/* atexit's functions run last in, first out, also those that are registered meanwhile; quick_exit has its own. */
// libc: both
#include "differ.h"

static void first(void)
{
	puts("first registered");
}

static void late(void)
{
	puts("registered while leaving");
}

static void second(void)
{
	puts("second registered");
	atexit(late);
}

static void quick(void)
{
	puts("for quick_exit");
}

int main(void)
{
	atexit(first);
	atexit(second);
	at_quick_exit(quick);
	return 3;
}
