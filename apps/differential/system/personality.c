/* personality: what is set is told, by each thread; a 32-bit one changes uname's machine. */
#include "differ.h"
#include <pthread.h>
#include <sys/personality.h>
#include <sys/utsname.h>

static void show_machine(void)
{
	struct utsname name;

	NEED(uname(&name) == 0);
	puts(name.machine);
}

static void *in_a_thread(void *argument)
{
	printf("a thread has %x\n", personality(0xffffffff));
	personality(PER_LINUX);
	printf("and now %x\n", personality(0xffffffff));
	show_machine();
	return argument;
}

int main(void)
{
	pthread_t thread;

	personality(PER_LINUX);
	printf("%x\n", personality(0xffffffff));
	printf("%x\n", personality(ADDR_NO_RANDOMIZE));
	printf("%x\n", personality(PER_LINUX32 | ADDR_NO_RANDOMIZE));
	show_machine();
	NEED(pthread_create(&thread, NULL, in_a_thread, NULL) == 0);
	pthread_join(thread, NULL);
	printf("%x\n", personality(PER_LINUX));
	show_machine();
	return 0;
}
