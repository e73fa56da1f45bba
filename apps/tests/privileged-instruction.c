/*
 * Instructions that ring 3 may not execute: privileged-instruction NAME. On Linux each ends in SIGSEGV; in the guest too,
 * although application and library OS run in the same ring: the ring is 3.
 */
#include <stdio.h>
#include <string.h>

static int execute(const char *name)
{
	static volatile unsigned short table[8];

	if (!strcmp(name, "cli"))
		__asm__ volatile("cli");
	else if (!strcmp(name, "sti"))
		__asm__ volatile("sti");
	else if (!strcmp(name, "hlt"))
		__asm__ volatile("hlt");
	else if (!strcmp(name, "wrmsr"))
		__asm__ volatile("wrmsr" : : "c"(0xc0000080), "a"(0), "d"(0));
	else if (!strcmp(name, "rdmsr"))
		__asm__ volatile("rdmsr" : : "c"(0xc0000080) : "eax", "edx");
	else if (!strcmp(name, "invlpg"))
		__asm__ volatile("invlpg %0" : : "m"(*table));
	else if (!strcmp(name, "read-cr3"))
		__asm__ volatile("mov %%cr3, %%rax" : : : "rax");
	else if (!strcmp(name, "write-cr3"))
		__asm__ volatile("mov %0, %%cr3" : : "r"(0ul));
	else if (!strcmp(name, "lidt"))
		__asm__ volatile("lidt %0" : : "m"(*table));
	else if (!strcmp(name, "lgdt"))
		__asm__ volatile("lgdt %0" : : "m"(*table));
	else if (!strcmp(name, "ltr"))
		__asm__ volatile("ltr %w0" : : "r"(0));
	else if (!strcmp(name, "swapgs"))
		__asm__ volatile("swapgs");
	else if (!strcmp(name, "int-0x21"))
		__asm__ volatile("int $0x21");
	else if (!strcmp(name, "null-stack-segment"))
		__asm__ volatile("mov %w0, %%ss" : : "r"(0));
	else
		return 2;
	return 0;
}

int main(int argc, char **argv)
{
	printf("before\n");
	fflush(stdout);
	int status = execute(argc > 1 ? argv[1] : "");
	printf("after\n");
	return status;
}
