/* uname, hostname, machine. */
#include "differ.h"
#include <sys/utsname.h>

int main(void)
{
	struct utsname name;
	char host[100] = "";
	int major = 0;

	CALL(uname(&name));
	puts(name.sysname);
	puts(name.machine);
	HOLDS(sscanf(name.release, "%d.", &major) == 1 && major >= 4);
	CALL(gethostname(host, sizeof host));
	HOLDS(strcmp(host, name.nodename) == 0);
	CALL(syscall(SYS_uname, 16));
	return 0;
}
