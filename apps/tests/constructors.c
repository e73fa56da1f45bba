/*
 * Constructors run in the order of their priorities before main, destructors in the opposite order after it, and
 * functions registered with atexit in between.
 */
#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor(200))) static void early(void) { printf("constructor 200\n"); }
__attribute__((constructor(300))) static void later(void) { printf("constructor 300\n"); }
__attribute__((constructor)) static void last(void) { printf("constructor without priority\n"); }
__attribute__((destructor(200))) static void end_last(void) { printf("destructor 200\n"); }
__attribute__((destructor(300))) static void end_earlier(void) { printf("destructor 300\n"); }
__attribute__((destructor)) static void end_first(void) { printf("destructor without priority\n"); }

static void registered(void) { printf("registered\n"); }

int main(void)
{
	atexit(registered);
	printf("main\n");
	return 5;
}
