/* What cannot be executed, and why; the caller goes on as if nothing had happened. */
// libc: both
#pragma GCC diagnostic ignored "-Wstringop-overflow"
#pragma GCC diagnostic ignored "-Wstringop-overread"
#pragma GCC diagnostic ignored "-Wnonnull"
#pragma GCC diagnostic ignored "-Warray-bounds"
#include "exec.h"

static volatile sig_atomic_t handled;

static void handler(int number)
{
	handled = number;
}

static void try(const char *path)
{
	execve(path, (char *[]){"name", NULL}, (char *[]){NULL});
	printf("%.30s: %s\n", path, error_name(errno));
}

static void make_elf(const char *name, int class, int machine, int bytes)
{
	unsigned char header[64] = {0x7f, 'E', 'L', 'F', (unsigned char)class, 1, 1, [16] = 2, [18] = (unsigned char)machine, [20] = 1,
				    [32] = 64, [52] = 64, [54] = 56, [56] = 1};
	int file = open(name, O_CREAT | O_WRONLY, 0755);

	NEED(file >= 0 && write(file, header, (size_t)bytes) == bytes && close(file) == 0);
}

static void try_files(void)
{
	char long_name[301];

	make_file("not-executable", "#!/bin/sh\n");
	make_script("empty", "");
	make_script("text", "neither script nor program\n");
	make_elf("32-bit", 1, 3, 64);
	make_elf("other-machine", 2, 183, 64);
	make_elf("cut", 2, 62, 40);
	make_elf("without-headers", 2, 62, 64);
	NEED(mkdir("folder", 0755) == 0 && symlink("loop", "loop") == 0 && symlink("nowhere", "dangling") == 0);
	NEED(mkfifo("fifo", 0755) == 0);
	memset(long_name, 'n', 300);
	long_name[300] = 0;
	try("missing");
	try("");
	try("not-executable");
	try("empty");
	try("text");
	try("32-bit");
	try("other-machine");
	try("cut");
	try("without-headers");
	try("folder");
	try("folder/");
	try("text/");
	try("text/below");
	try("missing/below");
	try("loop");
	try("dangling");
	try("fifo");
	try("/dev/null");
	try("/proc/self/status");
	try(long_name);
}

static void try_memory(void)
{
	char *nothing[] = {NULL}, *name[] = {"name", NULL}, *bad[] = {"name", (char *)16, NULL};
	char *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char **open_end = (char **)(page + PAGE - sizeof(char *));
	static char huge[132 * 1024], *many[40000];

	NEED(page != MAP_FAILED && mprotect(page + PAGE, PAGE, PROT_NONE) == 0);
	*open_end = "the vector does not end";
	memset(page, 'x', PAGE - sizeof(char *));
	CALL(execve((char *)16, name, nothing));
	CALL(execve(NULL, name, nothing));
	CALL(execve(SELF, (char **)16, nothing));
	CALL(execve(SELF, name, (char **)16));
	CALL(execve(SELF, bad, nothing));
	CALL(execve(SELF, name, bad));
	CALL(execve(SELF, open_end, nothing));
	CALL(execve("missing", (char **)16, nothing));
	memset(huge, 'h', sizeof huge);
	huge[128 * 1024] = 0;
	CALL(execve(SELF, (char *[]){"name", huge, NULL}, nothing));
	CALL(execve(SELF, name, (char *[]){huge, NULL}));
	huge[100 * 1024] = 0;
	for (int index = 0; index < 100; index++)
		many[index] = huge;
	CALL(execve(SELF, many, nothing));
}

int main(void)
{
	NEED(signal(SIGUSR1, handler) != SIG_ERR);
	enter_work_folder();
	try_files();
	try_memory();
	raise(SIGUSR1);
	SHOW(handled);
	remove_work_folder();
	return 0;
}
