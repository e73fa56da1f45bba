/* process_vm_readv and process_vm_writev on the program itself. */
#include "differ.h"
#include <sys/uio.h>

int main(void)
{
	char from[] = "contents", to[16] = "";
	struct iovec local = {to, sizeof from}, remote = {from, sizeof from}, nowhere = {(void *)16, 4};

	CALL(process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
	puts(to);
	CALL(process_vm_readv(getpid(), &local, 1, &nowhere, 1, 0));
	CALL(process_vm_readv(0x3fffffff, &local, 1, &remote, 1, 0));
	CALL(process_vm_readv(getpid(), &local, 1, &remote, 1, 1));
	return 0;
}
