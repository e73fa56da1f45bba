/* poll: what is ready on both ends of a pipe in each state; negative descriptors; times. */
#include "differ.h"
#include <poll.h>

static void look(const char *state, int *ends)
{
	struct pollfd polled[3] = {{.fd = ends[0], .events = POLLIN}, {.fd = ends[1], .events = POLLOUT}, {.fd = -1, .events = POLLIN, .revents = 77}};
	int count = poll(polled, 3, 0);

	printf("%s: %d, reader %#x, writer %#x, none %#x\n", state, count, polled[0].revents, polled[1].revents, polled[2].revents);
}

int main(void)
{
	static char block[65536];
	int ends[2], others[2];
	int64_t start;

	NEED(pipe(ends) == 0 && pipe(others) == 0);
	look("empty", ends);
	NEED(write(ends[1], "x", 1) == 1);
	look("one byte", ends);
	NEED(write(ends[1], block, 65535) == 65535);
	look("full", ends);
	NEED(read(ends[0], block, 65536) == 65536);
	start = monotonic_ms();
	CALL(poll(&(struct pollfd){.fd = ends[0], .events = POLLIN}, 1, 20));
	HOLDS(monotonic_ms() - start >= 19);
	CALL(poll(NULL, 0, 5));
	close(ends[1]);
	CALL(poll(&(struct pollfd){.fd = ends[0], .events = 0}, 1, -1));
	struct pollfd hung = {.fd = ends[0], .events = POLLIN};
	CALL(poll(&hung, 1, -1));
	HOLDS(hung.revents == POLLHUP);
	close(others[0]);
	struct pollfd broken = {.fd = others[1], .events = POLLOUT};
	CALL(poll(&broken, 1, -1));
	HOLDS((broken.revents & POLLERR) != 0);
	CALL(poll((struct pollfd *)16, 1, 0));
	return 0;
}
