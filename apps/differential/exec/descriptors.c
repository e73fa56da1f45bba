/* Descriptors that are marked are closed, the others stay open with their positions and flags. */
#include "exec.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

static void show(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	if (flags < 0)
		printf("%d: %s\n", fd, error_name(errno));
	else
		printf("%d: open, flags %x, at %lld\n", fd, fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK),
		       (long long)lseek(fd, 0, SEEK_CUR));
}

int main(int count, char **arguments)
{
	char bytes[8] = "";
	int pipe_ends[2];
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 17};

	if (step_of(count, arguments) == 0) {
		enter_work_folder();
		make_file("file", "abcdefgh");
		NEED(open("file", O_RDWR | O_APPEND) == 3 && lseek(3, 5, SEEK_SET) == 5);
		NEED(open("file", O_RDONLY | O_CLOEXEC) == 4);
		NEED(dup(4) == 5);
		NEED(pipe(pipe_ends) == 0 && pipe_ends[0] == 6);
		NEED(write(7, "through", 7) == 7 && fcntl(6, F_SETFL, O_NONBLOCK) == 0);
		NEED(eventfd(3, 0) == 8 && eventfd(3, EFD_CLOEXEC) == 9);
		NEED(epoll_create1(0) == 10 && epoll_ctl(10, EPOLL_CTL_ADD, 8, &event) == 0);
		NEED(fcntl(3, F_DUPFD_CLOEXEC, 300) == 300 && dup2(3, 301) == 301);
		NEED(fcntl(301, F_SETFD, FD_CLOEXEC) == 0 && fcntl(301, F_SETFD, 0) == 0);
		NEED(unlink("file") == 0);
		remove_work_folder();
		start(SELF, 1, NULL);
		return 1;
	}
	for (int fd = 0; fd < 3; fd++)
		HOLDS(fcntl(fd, F_GETFD) == 0);
	for (int fd = 3; fd < 12; fd++)
		show(fd);
	show(300);
	show(301);
	CALL(read(3, bytes, 3));
	printf("%.3s\n", bytes);
	CALL(read(6, bytes, 8));
	printf("%.7s\n", bytes);
	CALL(read(6, bytes, 8));
	CALL(epoll_wait(10, &event, 1, 0));
	SHOW(event.data.u64);
	CALL(read(8, bytes, 8));
	SHOW(bytes[0]);
	return 0;
}
