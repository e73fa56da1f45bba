/* A handler's failed calls change errno, which belongs to the thread: it has to save it. */
#include "differ.h"

static void careless(int number)
{
	(void)number;
	close(-1);
}

static void careful(int number)
{
	int saved = errno;

	careless(number);
	errno = saved;
}

int main(void)
{
	signal(SIGUSR1, careless);
	signal(SIGUSR2, careful);
	errno = ERANGE;
	raise(SIGUSR2);
	puts(error_name(errno));
	raise(SIGUSR1);
	puts(error_name(errno));
	return 0;
}
