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
export const RLIMIT_SIGPENDING = 11;
export const RLIMIT_MSGQUEUE = 12;
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

/** waitid's kinds of numbers, and options of both waits; WSTOPPED is wait4's WUNTRACED. */
export const P_ALL = 0;
export const P_PID = 1;
export const P_PGID = 2;
export const P_PIDFD = 3;
export const WNOHANG = 1;
export const WSTOPPED = 2;
export const WEXITED = 4;
export const WCONTINUED = 8;
export const WNOWAIT = 0x0100_0000;
/** __WNOTHREAD, __WALL, __WCLONE */
export const WTHREADS = 0xe000_0000;

/** futex_waitv(2). */
export const FUTEX_WAITV_MAX = 128;
export const FUTEX_32 = 2;

@struct(24)
export class FutexWaitv {
  val!: u64;
  uaddr!: u64;
  flags!: u32;
  reserved!: u32;
}

export const PR_SET_PDEATHSIG = 1;
export const PR_GET_PDEATHSIG = 2;
export const PR_GET_DUMPABLE = 3;
export const PR_SET_DUMPABLE = 4;
export const PR_GET_KEEPCAPS = 7;
export const PR_SET_KEEPCAPS = 8;
export const PR_SET_NAME = 15;
export const PR_GET_NAME = 16;
export const PR_GET_SECCOMP = 21;
export const PR_CAPBSET_READ = 23;
export const PR_CAPBSET_DROP = 24;
export const PR_GET_SECUREBITS = 27;
export const PR_SET_SECUREBITS = 28;
export const PR_GET_TIMERSLACK = 30;
export const PR_SET_NO_NEW_PRIVS = 38;
export const PR_GET_NO_NEW_PRIVS = 39;
export const PR_SET_THP_DISABLE = 41;
export const PR_GET_THP_DISABLE = 42;
export const PR_CAP_AMBIENT = 47;
export const PR_CAP_AMBIENT_IS_SET = 1;
export const PR_CAP_AMBIENT_RAISE = 2;
export const PR_CAP_AMBIENT_LOWER = 3;
export const PR_CAP_AMBIENT_CLEAR_ALL = 4;
export const PR_SET_VMA = 0x5356_4d41;
/** With its NUL. */
export const TASK_COMM_LEN = 16;

export const FUTEX_WAIT = 0;
export const FUTEX_WAKE = 1;
export const FUTEX_REQUEUE = 3;
export const FUTEX_CMP_REQUEUE = 4;
export const FUTEX_WAKE_OP = 5;
export const FUTEX_LOCK_PI = 6;
export const FUTEX_UNLOCK_PI = 7;
export const FUTEX_TRYLOCK_PI = 8;
export const FUTEX_WAIT_BITSET = 9;
export const FUTEX_WAKE_BITSET = 10;
export const FUTEX_WAIT_REQUEUE_PI = 11;
export const FUTEX_CMP_REQUEUE_PI = 12;
export const FUTEX_LOCK_PI2 = 13;
export const FUTEX_PRIVATE_FLAG = 128;
export const FUTEX_CLOCK_REALTIME = 256;
export const FUTEX_CMD_MASK = 0xffff_fe7f;
/** The word of a lock: the owner's number and these. */
export const FUTEX_WAITERS = 0x8000_0000;
export const FUTEX_OWNER_DIED = 0x4000_0000;
export const FUTEX_TID_MASK = 0x3fff_ffff;

export const FUTEX_OP_SET = 0;
export const FUTEX_OP_ADD = 1;
export const FUTEX_OP_OR = 2;
export const FUTEX_OP_ANDN = 3;
export const FUTEX_OP_XOR = 4;
/** The argument is the number of a bit. */
export const FUTEX_OP_OPARG_SHIFT = 8;
export const FUTEX_OP_CMP_EQ = 0;
export const FUTEX_OP_CMP_NE = 1;
export const FUTEX_OP_CMP_LT = 2;
export const FUTEX_OP_CMP_LE = 3;
export const FUTEX_OP_CMP_GT = 4;
export const FUTEX_OP_CMP_GE = 5;

/** The low byte of clone's flags is the signal for the parent. */
export const CSIGNAL = 0xff;
export const CLONE_VM = 0x100;
export const CLONE_FS = 0x200;
export const CLONE_FILES = 0x400;
export const CLONE_SIGHAND = 0x800;
export const CLONE_PIDFD = 0x1000;
export const CLONE_PTRACE = 0x2000;
export const CLONE_VFORK = 0x4000;
export const CLONE_PARENT = 0x8000;
export const CLONE_THREAD = 0x1_0000;
export const CLONE_NEWNS = 0x2_0000;
export const CLONE_SYSVSEM = 0x4_0000;
export const CLONE_SETTLS = 0x8_0000;
export const CLONE_PARENT_SETTID = 0x10_0000;
export const CLONE_CHILD_CLEARTID = 0x20_0000;
export const CLONE_DETACHED = 0x40_0000;
export const CLONE_UNTRACED = 0x80_0000;
export const CLONE_CHILD_SETTID = 0x100_0000;
export const CLONE_NEWCGROUP = 0x200_0000;
export const CLONE_NEWUTS = 0x400_0000;
export const CLONE_NEWIPC = 0x800_0000;
export const CLONE_NEWUSER = 0x1000_0000;
export const CLONE_NEWPID = 0x2000_0000;
export const CLONE_NEWNET = 0x4000_0000;
export const CLONE_IO = 0x8000_0000;
/** clone3 only. */
export const CLONE_CLEAR_SIGHAND = 0x1_0000_0000n;
export const CLONE_INTO_CGROUP = 0x2_0000_0000n;
export const CLONE_NEWTIME = 0x80;

/** struct clone_args; its first version had CLONE_ARGS_SIZE_VER0 bytes. */
@struct(88)
export class CloneArgs {
  flags!: u64;
  pidfd!: u64;
  child_tid!: u64;
  parent_tid!: u64;
  exit_signal!: u64;
  stack!: u64;
  stack_size!: u64;
  tls!: u64;
  set_tid!: u64;
  set_tid_size!: u64;
  cgroup!: u64;
}
export const CLONE_ARGS_SIZE_VER0 = 64n;

/** capget(2), capset(2): include/uapi/linux/capability.h */
export const CAPABILITY_VERSION_1 = 0x1998_0330;
export const CAPABILITY_VERSION_2 = 0x2007_1026;
export const CAPABILITY_VERSION_3 = 0x2008_0522;
/** include/uapi/linux/capability.h: what may be done with each. */
export const CAP_CHOWN = 0;
export const CAP_DAC_OVERRIDE = 1;
export const CAP_DAC_READ_SEARCH = 2;
export const CAP_FOWNER = 3;
export const CAP_FSETID = 4;
export const CAP_SETGID = 6;
export const CAP_SETUID = 7;
export const CAP_SETPCAP = 8;
export const CAP_LINUX_IMMUTABLE = 9;
export const CAP_IPC_OWNER = 15;
export const CAP_SYS_ADMIN = 21;
export const CAP_SYS_NICE = 23;
export const CAP_SYS_RESOURCE = 24;
export const CAP_MKNOD = 27;
export const CAP_MAC_OVERRIDE = 32;
export const CAP_WAKE_ALARM = 35;
export const CAP_LAST_CAP = 40;
/** include/uapi/linux/securebits.h; each bit has its lock at the left. */
export const SECBIT_NOROOT = 0x1;
export const SECBIT_NO_SETUID_FIXUP = 0x4;
export const SECBIT_KEEP_CAPS = 0x10;
export const SECBIT_KEEP_CAPS_LOCKED = 0x20;
export const SECBIT_NO_CAP_AMBIENT_RAISE = 0x40;
export const SECURE_ALL_BITS = 0x55;

@struct(8)
export class CapabilityHeader {
  version!: u32;
  pid!: i32;
}

@struct(12)
export class CapabilityData {
  effective!: u32;
  permitted!: u32;
  inheritable!: u32;
}

/** include/uapi/linux/ioprio.h */
export const IOPRIO_CLASS_SHIFT = 13;
export const IOPRIO_LEVEL_MASK = 7;
export const IOPRIO_CLASS_NONE = 0;
export const IOPRIO_CLASS_RT = 1;
export const IOPRIO_CLASS_BE = 2;
export const IOPRIO_CLASS_IDLE = 3;
export const IOPRIO_WHO_PROCESS = 1;
export const IOPRIO_WHO_PGRP = 2;
export const IOPRIO_WHO_USER = 3;

/** include/uapi/linux/personality.h */
export const PER_LINUX32 = 8;
export const PER_MASK = 0xff;

@struct(24)
export class RobustListHead {
  next!: u64;
  futex_offset!: i64;
  list_op_pending!: u64;
}
export const ROBUST_LIST_LIMIT = 2048;

export const SCHED_OTHER = 0;
export const SCHED_FIFO = 1;
export const SCHED_RR = 2;
export const SCHED_BATCH = 3;
export const SCHED_IDLE = 5;
export const SCHED_DEADLINE = 6;
export const SCHED_RESET_ON_FORK = 0x4000_0000;
export const SCHED_FLAG_RESET_ON_FORK = 1n;
export const SCHED_FLAG_KEEP_POLICY = 8n;
export const SCHED_FLAG_KEEP_PARAMS = 16n;
export const SCHED_FLAG_ALL = 0x7fn;

/** struct sched_attr; its first version had SCHED_ATTR_BYTES bytes. */
@struct(56)
export class SchedAttr {
  size!: u32;
  sched_policy!: u32;
  sched_flags!: u64;
  sched_nice!: i32;
  sched_priority!: u32;
  sched_runtime!: u64;
  sched_deadline!: u64;
  sched_period!: u64;
  sched_util_min!: u32;
  sched_util_max!: u32;
}
export const SCHED_ATTR_BYTES = 48;

export const PRIO_PROCESS = 0;
export const PRIO_PGRP = 1;
export const PRIO_USER = 2;

export const GRND_NONBLOCK = 1;
export const GRND_RANDOM = 2;
export const GRND_INSECURE = 4;

/** struct rseq, as threads register it, and struct rseq_cs. */
@struct(32, { align: 32 })
export class RseqArea {
  cpu_id_start!: u32;
  cpu_id!: u32;
  section!: u64;
  flags!: u32;
  node_id!: u32;
  mm_cid!: u32;
  reserved!: u32;
}
export const RSEQ_BYTES = 32;
export const RSEQ_FLAG_UNREGISTER = 1;
export const RSEQ_CPU_ID_UNINITIALIZED = 0xffff_ffff;

@struct(32)
export class RseqSection {
  version!: u32;
  flags!: u32;
  start!: u64;
  bytes!: u64;
  abort!: u64;
}

export const MEMBARRIER_CMD_QUERY = 0;
export const MEMBARRIER_CMD_GLOBAL = 1;
export const MEMBARRIER_CMD_GLOBAL_EXPEDITED = 2;
export const MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED = 4;
export const MEMBARRIER_CMD_PRIVATE_EXPEDITED = 8;
export const MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED = 16;
export const MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE = 32;
export const MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE = 64;
