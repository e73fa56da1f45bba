/**
 * Processes, limits and the machine as Linux programs see them: include/uapi/linux/{resource,sysinfo,utsname,prctl,futex,sched,random}.h,
 * arch/x86/include/uapi/asm/prctl.h.
 */

export const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn;
export const RLIMIT_CPU = 0;
export const RLIMIT_FSIZE = 1;
export const RLIMIT_DATA = 2;
export const RLIMIT_STACK = 3;
export const RLIMIT_CORE = 4;
export const RLIMIT_RSS = 5;
export const RLIMIT_NPROC = 6;
export const RLIMIT_NOFILE = 7;
export const RLIMIT_MEMLOCK = 8;
export const RLIMIT_AS = 9;
export const RLIM_NLIMITS = 16;

@struct(16)
export class Rlimit {
  rlim_cur!: u64;
  rlim_max!: u64;
}

export const RUSAGE_SELF = 0;
export const RUSAGE_CHILDREN = -1;
export const RUSAGE_THREAD = 1;

@struct(144)
export class Rusage {
  ru_utime_sec!: i64;
  ru_utime_usec!: i64;
  ru_stime_sec!: i64;
  ru_stime_usec!: i64;
  ru_maxrss!: i64;
  ru_ixrss!: i64;
  ru_idrss!: i64;
  ru_isrss!: i64;
  ru_minflt!: i64;
  ru_majflt!: i64;
  ru_nswap!: i64;
  ru_inblock!: i64;
  ru_oublock!: i64;
  ru_msgsnd!: i64;
  ru_msgrcv!: i64;
  ru_nsignals!: i64;
  ru_nvcsw!: i64;
  ru_nivcsw!: i64;
}

@struct(112)
export class Sysinfo {
  uptime!: i64;
  loads!: FixedArray<u64, 3>;
  totalram!: u64;
  freeram!: u64;
  sharedram!: u64;
  bufferram!: u64;
  totalswap!: u64;
  freeswap!: u64;
  procs!: u16;
  pad!: u16;
  reserved!: u32;
  totalhigh!: u64;
  freehigh!: u64;
  mem_unit!: u32;
  tail!: u32;
}

@struct(390)
export class NewUtsname {
  sysname!: Bytes<65>;
  nodename!: Bytes<65>;
  release!: Bytes<65>;
  version!: Bytes<65>;
  machine!: Bytes<65>;
  domainname!: Bytes<65>;
}

export const ARCH_SET_GS = 0x1001;
export const ARCH_SET_FS = 0x1002;
export const ARCH_GET_FS = 0x1003;
export const ARCH_GET_GS = 0x1004;
export const ARCH_GET_CPUID = 0x1011;
export const ARCH_CET_STATUS = 0x3001;

export const PR_SET_PDEATHSIG = 1;
export const PR_GET_DUMPABLE = 3;
export const PR_SET_DUMPABLE = 4;
export const PR_SET_NAME = 15;
export const PR_GET_NAME = 16;
export const PR_GET_SECCOMP = 21;
export const PR_GET_TIMERSLACK = 30;
export const PR_SET_NO_NEW_PRIVS = 38;
export const PR_GET_NO_NEW_PRIVS = 39;
export const PR_SET_THP_DISABLE = 41;
export const PR_GET_THP_DISABLE = 42;
export const PR_SET_VMA = 0x5356_4d41;
/** With its NUL. */
export const TASK_COMM_LEN = 16;

export const FUTEX_WAIT = 0;
export const FUTEX_WAKE = 1;
export const FUTEX_REQUEUE = 3;
export const FUTEX_CMP_REQUEUE = 4;
export const FUTEX_WAKE_OP = 5;
export const FUTEX_WAIT_BITSET = 9;
export const FUTEX_WAKE_BITSET = 10;
export const FUTEX_PRIVATE_FLAG = 128;
export const FUTEX_CLOCK_REALTIME = 256;
export const FUTEX_CMD_MASK = 0x7f;

export const CLONE_THREAD = 0x1_0000;

export const SCHED_OTHER = 0;
export const SCHED_FIFO = 1;
export const SCHED_RR = 2;
export const SCHED_BATCH = 3;
export const SCHED_IDLE = 5;

export const GRND_NONBLOCK = 1;
export const GRND_RANDOM = 2;
export const GRND_INSECURE = 4;

export const ROBUST_LIST_HEAD_BYTES = 24n;
