/* Restartable sequences: registered once per thread, with the right size and signature; the processor's number is there. */
#include "differ.h"

#ifndef SYS_rseq
#define SYS_rseq 334
#endif

static struct area {
	uint32_t cpu_id_start, cpu_id;
	uint64_t sequence;
	uint32_t flags, more[3];
} area __attribute__((aligned(32))), other __attribute__((aligned(32)));

int main(void)
{
	area.cpu_id = (uint32_t)-1;
	CALL(syscall(SYS_rseq, &area, 16, 0, 0x53053053));
	CALL(syscall(SYS_rseq, (char *)&area + 4, 32, 0, 0x53053053));
	CALL(syscall(SYS_rseq, &area, 32, 2, 0x53053053));
	CALL(syscall(SYS_rseq, &area, 32, 1, 0x53053053));
	CALL(syscall(SYS_rseq, &area, 32, 0, 0x53053053));
	HOLDS(area.cpu_id == area.cpu_id_start && (long)area.cpu_id < sysconf(_SC_NPROCESSORS_CONF));
	CALL(syscall(SYS_rseq, &area, 32, 0, 0x53053053));
	CALL(syscall(SYS_rseq, &area, 32, 0, 0x53053054));
	CALL(syscall(SYS_rseq, &other, 32, 0, 0x53053053));
	CALL(syscall(SYS_rseq, &area, 32, 1, 0x53053054));
	CALL(syscall(SYS_rseq, &area, 32, 1, 0x53053053));
	SHOW((int)area.cpu_id);
	CALL(syscall(SYS_rseq, &area, 32, 1, 0x53053053));
	CALL(syscall(SYS_rseq, &area, 32, 0, 0x53053053));
	return 0;
}
