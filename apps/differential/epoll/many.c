/* Five hundred eventfds in one set: all that are ready are reported, in portions as large as asked for. */
#include "differ.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

enum { FILES = 500 };

int main(void)
{
	static struct epoll_event seen[FILES];
	static int files[FILES], hits[FILES];
	int set = epoll_create1(0), total = 0, wrong = 0, count;

	for (int index = 0; index < FILES; index++) {
		NEED((files[index] = eventfd(index % 3 == 0, EFD_NONBLOCK)) >= 0);
		struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
		NEED(epoll_ctl(set, EPOLL_CTL_ADD, files[index], &event) == 0);
	}
	SHOW(epoll_wait(set, seen, FILES, 0));
	while ((count = epoll_wait(set, seen, 10, 0)) > 0) {
		for (int index = 0; index < count; index++) {
			uint64_t value;
			hits[seen[index].data.u32]++;
			NEED(read(files[seen[index].data.u32], &value, 8) == 8);
		}
		total += count;
	}
	for (int index = 0; index < FILES; index++)
		wrong += hits[index] != (index % 3 == 0);
	SHOW(total);
	SHOW(wrong);
	return 0;
}
