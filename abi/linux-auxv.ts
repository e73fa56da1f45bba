/**
 * The auxiliary vector that a program finds above its environment: pairs of type and value, ended by AT_NULL.
 *
 * Spec: System V ABI AMD64 1.0, 3.4.3 (table 3.12); include/uapi/linux/auxvec.h and arch/x86/include/uapi/asm/auxvec.h for the rest.
 */

export const AT_NULL = 0n;
export const AT_PHDR = 3n;
export const AT_PHENT = 4n;
export const AT_PHNUM = 5n;
export const AT_PAGESZ = 6n;
export const AT_BASE = 7n;
export const AT_FLAGS = 8n;
export const AT_ENTRY = 9n;
export const AT_UID = 11n;
export const AT_EUID = 12n;
export const AT_GID = 13n;
export const AT_EGID = 14n;
export const AT_PLATFORM = 15n;
export const AT_HWCAP = 16n;
export const AT_CLKTCK = 17n;
export const AT_SECURE = 23n;
export const AT_RANDOM = 25n;
export const AT_HWCAP2 = 26n;
export const AT_EXECFN = 31n;
export const AT_SYSINFO_EHDR = 33n;
export const AT_MINSIGSTKSZ = 51n;

/** AT_HWCAP2: programs may execute rdfsbase and its kin. */
export const HWCAP2_FSGSBASE = 2n;

/** What programs see as `sysconf(_SC_CLK_TCK)`: the unit of times(2). */
export const USER_HZ = 100n;
