/**
 * How a Linux program gives up what it does not need: include/uapi/linux/{seccomp,filter,bpf_common,audit,landlock,capability,prctl}.h.
 *
 * A filter sees SeccompData and is classic BPF: one accumulator, jumps forward only.
 */

export const SECCOMP_SET_MODE_FILTER = 1;
export const SECCOMP_RET_KILL_PROCESS = 0x8000_0000;
export const SECCOMP_RET_TRAP = 0x0003_0000;
export const SECCOMP_RET_ALLOW = 0x7fff_0000;
export const AUDIT_ARCH_X86_64 = 0xc000_003e;

/** BPF_LD | BPF_W | BPF_ABS: the word at offset `k` of SeccompData. */
export const BPF_LOAD = 0x20;
/** BPF_ALU | BPF_AND | BPF_K. */
export const BPF_AND = 0x54;
/** BPF_JMP | BPF_K with BPF_JEQ, BPF_JGE, BPF_JSET: `jt` or `jf` instructions further. */
export const BPF_JUMP_EQUAL = 0x15;
export const BPF_JUMP_AT_LEAST = 0x35;
export const BPF_JUMP_ANY_BIT = 0x45;
/** BPF_RET | BPF_K. */
export const BPF_RETURN = 0x06;

@struct(8)
export class SockFilter {
  code!: u16;
  jt!: u8;
  jf!: u8;
  k!: u32;
}

@struct(16)
export class SockFprog {
  len!: u16;
  filter!: u64;
}

@struct(64)
export class SeccompData {
  nr!: i32;
  arch!: u32;
  instructionPointer!: u64;
  args!: FixedArray<u64, 6>;
}

/** Where SIGSYS says which call it was (siginfo_t: si_call_addr, si_syscall). */
export const SIGINFO_SYSCALL_AT = 24;

export const CAPABILITY_VERSION_3 = 0x2008_0522;

@struct(8)
export class CapabilityHeader {
  version!: u32;
  pid!: i32;
}

/** Capabilities 0 to 31, then 32 to 63. */
@struct(24)
export class CapabilityData {
  effective0!: u32;
  permitted0!: u32;
  inheritable0!: u32;
  effective1!: u32;
  permitted1!: u32;
  inheritable1!: u32;
}

export const LANDLOCK_CREATE_RULESET_VERSION = 1;
export const LANDLOCK_RULE_PATH_BENEATH = 1;
export const LANDLOCK_ACCESS_FS_EXECUTE = 0x1n;
export const LANDLOCK_ACCESS_FS_WRITE_FILE = 0x2n;
export const LANDLOCK_ACCESS_FS_READ_FILE = 0x4n;
export const LANDLOCK_ACCESS_FS_READ_DIR = 0x8n;
export const LANDLOCK_ACCESS_FS_REMOVE_DIR = 0x10n;
export const LANDLOCK_ACCESS_FS_REMOVE_FILE = 0x20n;
export const LANDLOCK_ACCESS_FS_MAKE_CHAR = 0x40n;
export const LANDLOCK_ACCESS_FS_MAKE_DIR = 0x80n;
export const LANDLOCK_ACCESS_FS_MAKE_REG = 0x100n;
export const LANDLOCK_ACCESS_FS_MAKE_SOCK = 0x200n;
export const LANDLOCK_ACCESS_FS_MAKE_FIFO = 0x400n;
export const LANDLOCK_ACCESS_FS_MAKE_BLOCK = 0x800n;
export const LANDLOCK_ACCESS_FS_MAKE_SYM = 0x1000n;
/** Since version 2: link and rename between directories. */
export const LANDLOCK_ACCESS_FS_REFER = 0x2000n;
/** Since version 3. */
export const LANDLOCK_ACCESS_FS_TRUNCATE = 0x4000n;
/** Since version 5. */
export const LANDLOCK_ACCESS_FS_IOCTL_DEV = 0x8000n;
/** Since version 4: binding and connecting TCP sockets. */
export const LANDLOCK_ACCESS_NET_ALL = 0x3n;
/** Since version 6. */
export const LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET = 0x1n;
export const LANDLOCK_SCOPE_SIGNAL = 0x2n;

/** Older versions know a beginning of it. */
@struct(24)
export class LandlockRulesetAttr {
  handledAccessFs!: u64;
  handledAccessNet!: u64;
  scoped!: u64;
}

@struct(12, { packed: true })
export class LandlockPathBeneathAttr {
  allowedAccess!: u64;
  parentFd!: i32;
}
