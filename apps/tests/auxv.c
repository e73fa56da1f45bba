/*
 * The auxiliary vector that a Linux program finds above its environment (System V ABI AMD64, 3.4.3; getauxval(3)):
 * libc finds its program headers, TLS image, vDSO and random bytes with it.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <elf.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <unistd.h>
#include "check.h"

extern char _start[];
extern const char __ehdr_start[] __attribute__((weak, visibility("hidden")));

static void program_headers(void)
{
	const Elf64_Phdr *header = (const Elf64_Phdr *)getauxval(AT_PHDR);
	unsigned long count = getauxval(AT_PHNUM), loads = 0, covering = 0;

	CHECK_EQ(getauxval(AT_PHENT), sizeof(Elf64_Phdr));
	CHECK(header != NULL && count > 0 && count < 64);
	if (__ehdr_start)
		CHECK((const char *)header == __ehdr_start + ((const Elf64_Ehdr *)__ehdr_start)->e_phoff);
	for (unsigned long i = 0; i < count; i++)
		if (header[i].p_type == PT_LOAD) {
			uintptr_t bias = getauxval(AT_ENTRY) - ((const Elf64_Ehdr *)__ehdr_start)->e_entry;
			uintptr_t start = bias + header[i].p_vaddr;
			loads++;
			covering += (uintptr_t)&program_headers >= start &&
				(uintptr_t)&program_headers < start + header[i].p_memsz;
		}
	CHECK(loads > 0);
	CHECK_EQ(covering, 1);
	CHECK(getauxval(AT_ENTRY) == (unsigned long)_start);
}

static void identity(void)
{
	CHECK_EQ(getauxval(AT_PAGESZ), 4096);
	CHECK_EQ(getauxval(AT_CLKTCK), sysconf(_SC_CLK_TCK));
	CHECK_EQ(getauxval(AT_UID), getuid());
	CHECK_EQ(getauxval(AT_EUID), geteuid());
	CHECK_EQ(getauxval(AT_GID), getgid());
	CHECK_EQ(getauxval(AT_EGID), getegid());
	CHECK_EQ(getauxval(AT_SECURE), 0);
	CHECK_EQ(getauxval(AT_BASE), 0);
	CHECK_EQ(getauxval(AT_FLAGS), 0);
	CHECK(getauxval(AT_RANDOM) != 0);
	const char *platform = (const char *)getauxval(AT_PLATFORM);
	CHECK(platform != NULL && strcmp(platform, "x86_64") == 0);
}

/* From the vector itself: glibc's getauxval(AT_HWCAP) answers with a word of its own. */
static unsigned long entry(unsigned long type)
{
	char **after = environ;

	while (*after)
		after++;
	for (const Elf64_auxv_t *at = (const Elf64_auxv_t *)(after + 1); at->a_type != AT_NULL; at++)
		if (at->a_type == type)
			return at->a_un.a_val;
	return 0;
}

static void capabilities(void)
{
	unsigned a, b, c, d;

	/* A Linux that is a guest itself may hide features (SYSENTER) that CPUID shows to programs; x87, CMOV and SSE2 are always there. */
	if (CHECK(__get_cpuid(1, &a, &b, &c, &d))) {
		const unsigned long always = 1 | 1 << 15 | 1 << 26;
		CHECK_EQ(entry(AT_HWCAP) & ~(unsigned long)d, 0);
		CHECK_EQ(entry(AT_HWCAP) & always, always);
	}
}

/* The vDSO is an ELF object in memory; libc takes its clock from there. */
static void virtual_library(void)
{
	const Elf64_Ehdr *elf = (const Elf64_Ehdr *)getauxval(AT_SYSINFO_EHDR);

	if (!CHECK(elf != NULL))
		return;
	CHECK(memcmp(elf->e_ident, ELFMAG, SELFMAG) == 0);
	CHECK_EQ(elf->e_type, ET_DYN);
	CHECK_EQ(elf->e_machine, EM_X86_64);
	const Elf64_Phdr *header = (const Elf64_Phdr *)((const char *)elf + elf->e_phoff);
	int dynamic = 0;
	for (int i = 0; i < elf->e_phnum; i++)
		dynamic += header[i].p_type == PT_DYNAMIC;
	CHECK_EQ(dynamic, 1);
}

int main(int argc, char **argv)
{
	const char *name = (const char *)getauxval(AT_EXECFN);

	program_headers();
	identity();
	capabilities();
	virtual_library();
	CHECK(argc >= 1 && name != NULL && strcmp(name, argv[0]) == 0);
	return check_done("auxv");
}
