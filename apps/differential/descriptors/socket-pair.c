/* A pair of local sockets as a two-way stream: both directions, shutdown of one, the end, names, options, wrong arguments. */
#include "differ.h"
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(void)
{
	char text[16] = "";
	int pair[2], type = 0;
	socklen_t bytes = sizeof type;
	struct sockaddr_un name;

	signal(SIGPIPE, SIG_IGN);
	CALL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	CALL(write(pair[0], "hello", 5));
	CALL(recv(pair[1], text, 3, MSG_PEEK));
	CALL(read(pair[1], text, sizeof text));
	printf("%.5s\n", text);
	CALL(send(pair[1], "back", 4, 0));
	CALL(recv(pair[0], text, sizeof text, MSG_DONTWAIT));
	CALL(recv(pair[0], text, sizeof text, MSG_DONTWAIT));
	CALL(getsockopt(pair[0], SOL_SOCKET, SO_TYPE, &type, &bytes));
	HOLDS(type == SOCK_STREAM);
	bytes = sizeof name;
	CALL(getsockname(pair[0], (struct sockaddr *)&name, &bytes));
	HOLDS(name.sun_family == AF_UNIX);
	SHOW(bytes);
	bytes = sizeof name;
	CALL(getpeername(pair[0], (struct sockaddr *)&name, &bytes));
	CALL(shutdown(pair[0], SHUT_WR));
	CALL(read(pair[1], text, 4));
	CALL(write(pair[1], "more", 4));
	CALL(read(pair[0], text, 8));
	CALL(write(pair[0], "x", 1));
	CALL(shutdown(pair[0], 9));
	CALL(close(pair[0]));
	CALL(write(pair[1], "x", 1));
	CALL(send(pair[1], "x", 1, MSG_NOSIGNAL));
	CALL(read(pair[1], text, 4));
	CALL(lseek(pair[1], 0, SEEK_CUR));
	CALL(pread(pair[1], text, 1, 0));
	CALL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair));
	CALL(fcntl(pair[0], F_GETFD));
	HOLDS((fcntl(pair[0], F_GETFL) & O_NONBLOCK) != 0);
	CALL(read(pair[0], text, 1));
	CALL(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, 16));
	CALL(socketpair(AF_UNIX, 99, 0, pair));
	CALL(shutdown(0x7fff, SHUT_RD));
	return 0;
}
