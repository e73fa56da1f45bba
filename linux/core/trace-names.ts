/**
 * Names of Linux's numbers for the system-call trace and the log: errors, signals, flags, commands.
 *
 * Only names; the numbers are those of abi/. A number without a name is printed as a number.
 */

import {
  E2BIG,
  EACCES,
  EADDRINUSE,
  EADDRNOTAVAIL,
  EADV,
  EAFNOSUPPORT,
  EAGAIN,
  EALREADY,
  EBADE,
  EBADF,
  EBADFD,
  EBADMSG,
  EBADR,
  EBADRQC,
  EBADSLT,
  EBFONT,
  EBUSY,
  ECANCELED,
  ECHILD,
  ECHRNG,
  ECOMM,
  ECONNABORTED,
  ECONNREFUSED,
  ECONNRESET,
  EDEADLK,
  EDESTADDRREQ,
  EDOM,
  EDOTDOT,
  EDQUOT,
  EEXIST,
  EFAULT,
  EFBIG,
  EHOSTDOWN,
  EHOSTUNREACH,
  EIDRM,
  EILSEQ,
  EINPROGRESS,
  EINTR,
  EINVAL,
  EIO,
  EISCONN,
  EISDIR,
  EISNAM,
  EKEYEXPIRED,
  EKEYREJECTED,
  EKEYREVOKED,
  EL2HLT,
  EL2NSYNC,
  EL3HLT,
  EL3RST,
  ELIBACC,
  ELIBBAD,
  ELIBEXEC,
  ELIBMAX,
  ELIBSCN,
  ELNRNG,
  ELOOP,
  EMEDIUMTYPE,
  EMFILE,
  EMLINK,
  EMSGSIZE,
  EMULTIHOP,
  ENAMETOOLONG,
  ENAVAIL,
  ENETDOWN,
  ENETRESET,
  ENETUNREACH,
  ENFILE,
  ENOANO,
  ENOBUFS,
  ENOCSI,
  ENODATA,
  ENODEV,
  ENOENT,
  ENOEXEC,
  ENOKEY,
  ENOLCK,
  ENOLINK,
  ENOMEDIUM,
  ENOMEM,
  ENOMSG,
  ENONET,
  ENOPKG,
  ENOPROTOOPT,
  ENOSPC,
  ENOSR,
  ENOSTR,
  ENOSYS,
  ENOTBLK,
  ENOTCONN,
  ENOTDIR,
  ENOTEMPTY,
  ENOTNAM,
  ENOTRECOVERABLE,
  ENOTSOCK,
  ENOTTY,
  ENOTUNIQ,
  ENXIO,
  EOPNOTSUPP,
  EOVERFLOW,
  EOWNERDEAD,
  EPERM,
  EPFNOSUPPORT,
  EPIPE,
  EPROTO,
  EPROTONOSUPPORT,
  EPROTOTYPE,
  ERANGE,
  EREMCHG,
  EREMOTE,
  EREMOTEIO,
  ERESTART,
  ERFKILL,
  EROFS,
  ESHUTDOWN,
  ESOCKTNOSUPPORT,
  ESPIPE,
  ESRCH,
  ESRMNT,
  ESTALE,
  ESTRPIPE,
  ETIME,
  ETIMEDOUT,
  ETOOMANYREFS,
  ETXTBSY,
  EUCLEAN,
  EUNATCH,
  EUSERS,
  EXDEV,
  EXFULL,
} from "../../abi/errno.ts";
import {
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_GETLK,
  F_GETOWN,
  F_GETPIPE_SZ,
  F_SETFD,
  F_SETFL,
  F_SETLK,
  F_SETLKW,
  F_SETOWN,
  FIOCLEX,
  FIONBIO,
  FIONCLEX,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECT,
  O_DIRECTORY,
  O_DSYNC,
  O_EXCL,
  O_LARGEFILE,
  O_NOATIME,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_TRUNC,
} from "../../abi/linux-files.ts";
import {
  MADV_COLD,
  MADV_DODUMP,
  MADV_DOFORK,
  MADV_DONTDUMP,
  MADV_DONTFORK,
  MADV_DONTNEED,
  MADV_FREE,
  MADV_HUGEPAGE,
  MADV_MERGEABLE,
  MADV_NOHUGEPAGE,
  MADV_NORMAL,
  MADV_PAGEOUT,
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
  MADV_RANDOM,
  MADV_SEQUENTIAL,
  MADV_UNMERGEABLE,
  MADV_WILLNEED,
  MAP_32BIT,
  MAP_ANONYMOUS,
  MAP_DENYWRITE,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  MAP_GROWSDOWN,
  MAP_HUGETLB,
  MAP_LOCKED,
  MAP_NONBLOCK,
  MAP_NORESERVE,
  MAP_POPULATE,
  MAP_STACK,
  MREMAP_DONTUNMAP,
  MREMAP_FIXED,
  MREMAP_MAYMOVE,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from "../../abi/linux-mman.ts";
import {
  ARCH_CET_STATUS,
  ARCH_GET_CPUID,
  ARCH_GET_FS,
  ARCH_GET_GS,
  ARCH_SET_FS,
  ARCH_SET_GS,
  FUTEX_CMP_REQUEUE,
  FUTEX_REQUEUE,
  FUTEX_WAIT,
  FUTEX_WAIT_BITSET,
  FUTEX_WAKE,
  FUTEX_WAKE_BITSET,
  FUTEX_WAKE_OP,
  GRND_INSECURE,
  GRND_NONBLOCK,
  GRND_RANDOM,
  PR_GET_DUMPABLE,
  PR_GET_NAME,
  PR_GET_NO_NEW_PRIVS,
  PR_GET_SECCOMP,
  PR_GET_THP_DISABLE,
  PR_GET_TIMERSLACK,
  PR_SET_DUMPABLE,
  PR_SET_NAME,
  PR_SET_NO_NEW_PRIVS,
  PR_SET_PDEATHSIG,
  PR_SET_THP_DISABLE,
  PR_SET_VMA,
  RLIMIT_AS,
  RLIMIT_CORE,
  RLIMIT_CPU,
  RLIMIT_DATA,
  RLIMIT_FSIZE,
  RLIMIT_MEMLOCK,
  RLIMIT_NOFILE,
  RLIMIT_NPROC,
  RLIMIT_RSS,
  RLIMIT_STACK,
} from "../../abi/linux-process.ts";
import {
  SIGABRT,
  SIGALRM,
  SIGBUS,
  SIGCHLD,
  SIGCONT,
  SIGFPE,
  SIGHUP,
  SIGILL,
  SIGINT,
  SIGIO,
  SIGKILL,
  SIGPIPE,
  SIGPROF,
  SIGPWR,
  SIGQUIT,
  SIGSEGV,
  SIGSTKFLT,
  SIGSTOP,
  SIGSYS,
  SIGTERM,
  SIGTRAP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGURG,
  SIGUSR1,
  SIGUSR2,
  SIGVTALRM,
  SIGWINCH,
  SIGXCPU,
  SIGXFSZ,
} from "../../abi/linux-signal.ts";
import {
  FIONREAD,
  TCFLSH,
  TCGETS,
  TCGETS2,
  TCSBRK,
  TCSBRKP,
  TCSETS,
  TCSETS2,
  TCSETSF,
  TCSETSF2,
  TCSETSW,
  TCSETSW2,
  TCXONC,
  TIOCGPGRP,
  TIOCGSID,
  TIOCGWINSZ,
  TIOCOUTQ,
  TIOCSPGRP,
  TIOCSWINSZ,
} from "../../abi/linux-terminal.ts";
import {
  CLOCK_BOOTTIME,
  CLOCK_BOOTTIME_ALARM,
  CLOCK_MONOTONIC,
  CLOCK_MONOTONIC_COARSE,
  CLOCK_MONOTONIC_RAW,
  CLOCK_PROCESS_CPUTIME_ID,
  CLOCK_REALTIME,
  CLOCK_REALTIME_ALARM,
  CLOCK_REALTIME_COARSE,
  CLOCK_TAI,
  CLOCK_THREAD_CPUTIME_ID,
} from "../../abi/linux-time.ts";
import { type TextBuffer, textPut, textPutByte, textPutHex } from "./text-buffer.ts";

const NAME_LIMIT = 160;

/** Names by number. */
const ERRNO_NAMES: FixedArray<string, 160> = sparseArray<string, 160>("", {
  [EPERM]: "EPERM",
  [ENOENT]: "ENOENT",
  [ESRCH]: "ESRCH",
  [EINTR]: "EINTR",
  [EIO]: "EIO",
  [ENXIO]: "ENXIO",
  [E2BIG]: "E2BIG",
  [ENOEXEC]: "ENOEXEC",
  [EBADF]: "EBADF",
  [ECHILD]: "ECHILD",
  [EAGAIN]: "EAGAIN",
  [ENOMEM]: "ENOMEM",
  [EACCES]: "EACCES",
  [EFAULT]: "EFAULT",
  [ENOTBLK]: "ENOTBLK",
  [EBUSY]: "EBUSY",
  [EEXIST]: "EEXIST",
  [EXDEV]: "EXDEV",
  [ENODEV]: "ENODEV",
  [ENOTDIR]: "ENOTDIR",
  [EISDIR]: "EISDIR",
  [EINVAL]: "EINVAL",
  [ENFILE]: "ENFILE",
  [EMFILE]: "EMFILE",
  [ENOTTY]: "ENOTTY",
  [ETXTBSY]: "ETXTBSY",
  [EFBIG]: "EFBIG",
  [ENOSPC]: "ENOSPC",
  [ESPIPE]: "ESPIPE",
  [EROFS]: "EROFS",
  [EMLINK]: "EMLINK",
  [EPIPE]: "EPIPE",
  [EDOM]: "EDOM",
  [ERANGE]: "ERANGE",
  [EDEADLK]: "EDEADLK",
  [ENAMETOOLONG]: "ENAMETOOLONG",
  [ENOLCK]: "ENOLCK",
  [ENOSYS]: "ENOSYS",
  [ENOTEMPTY]: "ENOTEMPTY",
  [ELOOP]: "ELOOP",
  [ENOMSG]: "ENOMSG",
  [EIDRM]: "EIDRM",
  [ECHRNG]: "ECHRNG",
  [EL2NSYNC]: "EL2NSYNC",
  [EL3HLT]: "EL3HLT",
  [EL3RST]: "EL3RST",
  [ELNRNG]: "ELNRNG",
  [EUNATCH]: "EUNATCH",
  [ENOCSI]: "ENOCSI",
  [EL2HLT]: "EL2HLT",
  [EBADE]: "EBADE",
  [EBADR]: "EBADR",
  [EXFULL]: "EXFULL",
  [ENOANO]: "ENOANO",
  [EBADRQC]: "EBADRQC",
  [EBADSLT]: "EBADSLT",
  [EBFONT]: "EBFONT",
  [ENOSTR]: "ENOSTR",
  [ENODATA]: "ENODATA",
  [ETIME]: "ETIME",
  [ENOSR]: "ENOSR",
  [ENONET]: "ENONET",
  [ENOPKG]: "ENOPKG",
  [EREMOTE]: "EREMOTE",
  [ENOLINK]: "ENOLINK",
  [EADV]: "EADV",
  [ESRMNT]: "ESRMNT",
  [ECOMM]: "ECOMM",
  [EPROTO]: "EPROTO",
  [EMULTIHOP]: "EMULTIHOP",
  [EDOTDOT]: "EDOTDOT",
  [EBADMSG]: "EBADMSG",
  [EOVERFLOW]: "EOVERFLOW",
  [ENOTUNIQ]: "ENOTUNIQ",
  [EBADFD]: "EBADFD",
  [EREMCHG]: "EREMCHG",
  [ELIBACC]: "ELIBACC",
  [ELIBBAD]: "ELIBBAD",
  [ELIBSCN]: "ELIBSCN",
  [ELIBMAX]: "ELIBMAX",
  [ELIBEXEC]: "ELIBEXEC",
  [EILSEQ]: "EILSEQ",
  [ERESTART]: "ERESTART",
  [ESTRPIPE]: "ESTRPIPE",
  [EUSERS]: "EUSERS",
  [ENOTSOCK]: "ENOTSOCK",
  [EDESTADDRREQ]: "EDESTADDRREQ",
  [EMSGSIZE]: "EMSGSIZE",
  [EPROTOTYPE]: "EPROTOTYPE",
  [ENOPROTOOPT]: "ENOPROTOOPT",
  [EPROTONOSUPPORT]: "EPROTONOSUPPORT",
  [ESOCKTNOSUPPORT]: "ESOCKTNOSUPPORT",
  [EOPNOTSUPP]: "EOPNOTSUPP",
  [EPFNOSUPPORT]: "EPFNOSUPPORT",
  [EAFNOSUPPORT]: "EAFNOSUPPORT",
  [EADDRINUSE]: "EADDRINUSE",
  [EADDRNOTAVAIL]: "EADDRNOTAVAIL",
  [ENETDOWN]: "ENETDOWN",
  [ENETUNREACH]: "ENETUNREACH",
  [ENETRESET]: "ENETRESET",
  [ECONNABORTED]: "ECONNABORTED",
  [ECONNRESET]: "ECONNRESET",
  [ENOBUFS]: "ENOBUFS",
  [EISCONN]: "EISCONN",
  [ENOTCONN]: "ENOTCONN",
  [ESHUTDOWN]: "ESHUTDOWN",
  [ETOOMANYREFS]: "ETOOMANYREFS",
  [ETIMEDOUT]: "ETIMEDOUT",
  [ECONNREFUSED]: "ECONNREFUSED",
  [EHOSTDOWN]: "EHOSTDOWN",
  [EHOSTUNREACH]: "EHOSTUNREACH",
  [EALREADY]: "EALREADY",
  [EINPROGRESS]: "EINPROGRESS",
  [ESTALE]: "ESTALE",
  [EUCLEAN]: "EUCLEAN",
  [ENOTNAM]: "ENOTNAM",
  [ENAVAIL]: "ENAVAIL",
  [EISNAM]: "EISNAM",
  [EREMOTEIO]: "EREMOTEIO",
  [EDQUOT]: "EDQUOT",
  [ENOMEDIUM]: "ENOMEDIUM",
  [EMEDIUMTYPE]: "EMEDIUMTYPE",
  [ECANCELED]: "ECANCELED",
  [ENOKEY]: "ENOKEY",
  [EKEYEXPIRED]: "EKEYEXPIRED",
  [EKEYREVOKED]: "EKEYREVOKED",
  [EKEYREJECTED]: "EKEYREJECTED",
  [EOWNERDEAD]: "EOWNERDEAD",
  [ENOTRECOVERABLE]: "ENOTRECOVERABLE",
  [ERFKILL]: "ERFKILL",
});
const SIGNAL_NAMES: FixedArray<string, 160> = sparseArray<string, 160>("", {
  [SIGHUP]: "SIGHUP",
  [SIGINT]: "SIGINT",
  [SIGQUIT]: "SIGQUIT",
  [SIGILL]: "SIGILL",
  [SIGTRAP]: "SIGTRAP",
  [SIGABRT]: "SIGABRT",
  [SIGBUS]: "SIGBUS",
  [SIGFPE]: "SIGFPE",
  [SIGKILL]: "SIGKILL",
  [SIGUSR1]: "SIGUSR1",
  [SIGSEGV]: "SIGSEGV",
  [SIGUSR2]: "SIGUSR2",
  [SIGPIPE]: "SIGPIPE",
  [SIGALRM]: "SIGALRM",
  [SIGTERM]: "SIGTERM",
  [SIGSTKFLT]: "SIGSTKFLT",
  [SIGCHLD]: "SIGCHLD",
  [SIGCONT]: "SIGCONT",
  [SIGSTOP]: "SIGSTOP",
  [SIGTSTP]: "SIGTSTP",
  [SIGTTIN]: "SIGTTIN",
  [SIGTTOU]: "SIGTTOU",
  [SIGURG]: "SIGURG",
  [SIGXCPU]: "SIGXCPU",
  [SIGXFSZ]: "SIGXFSZ",
  [SIGVTALRM]: "SIGVTALRM",
  [SIGPROF]: "SIGPROF",
  [SIGWINCH]: "SIGWINCH",
  [SIGIO]: "SIGIO",
  [SIGPWR]: "SIGPWR",
  [SIGSYS]: "SIGSYS",
});
const CLOCK_NAMES: FixedArray<string, 160> = sparseArray<string, 160>("", {
  [CLOCK_REALTIME]: "CLOCK_REALTIME",
  [CLOCK_MONOTONIC]: "CLOCK_MONOTONIC",
  [CLOCK_PROCESS_CPUTIME_ID]: "CLOCK_PROCESS_CPUTIME_ID",
  [CLOCK_THREAD_CPUTIME_ID]: "CLOCK_THREAD_CPUTIME_ID",
  [CLOCK_MONOTONIC_RAW]: "CLOCK_MONOTONIC_RAW",
  [CLOCK_REALTIME_COARSE]: "CLOCK_REALTIME_COARSE",
  [CLOCK_MONOTONIC_COARSE]: "CLOCK_MONOTONIC_COARSE",
  [CLOCK_BOOTTIME]: "CLOCK_BOOTTIME",
  [CLOCK_REALTIME_ALARM]: "CLOCK_REALTIME_ALARM",
  [CLOCK_BOOTTIME_ALARM]: "CLOCK_BOOTTIME_ALARM",
  [CLOCK_TAI]: "CLOCK_TAI",
});
const RLIMIT_NAMES: FixedArray<string, 160> = sparseArray<string, 160>("", {
  [RLIMIT_CPU]: "RLIMIT_CPU",
  [RLIMIT_FSIZE]: "RLIMIT_FSIZE",
  [RLIMIT_DATA]: "RLIMIT_DATA",
  [RLIMIT_STACK]: "RLIMIT_STACK",
  [RLIMIT_CORE]: "RLIMIT_CORE",
  [RLIMIT_RSS]: "RLIMIT_RSS",
  [RLIMIT_NPROC]: "RLIMIT_NPROC",
  [RLIMIT_NOFILE]: "RLIMIT_NOFILE",
  [RLIMIT_MEMLOCK]: "RLIMIT_MEMLOCK",
  [RLIMIT_AS]: "RLIMIT_AS",
});
const ADVICE_NAMES: FixedArray<string, 160> = sparseArray<string, 160>("", {
  [MADV_NORMAL]: "MADV_NORMAL",
  [MADV_RANDOM]: "MADV_RANDOM",
  [MADV_SEQUENTIAL]: "MADV_SEQUENTIAL",
  [MADV_WILLNEED]: "MADV_WILLNEED",
  [MADV_DONTNEED]: "MADV_DONTNEED",
  [MADV_FREE]: "MADV_FREE",
  [MADV_DONTFORK]: "MADV_DONTFORK",
  [MADV_DOFORK]: "MADV_DOFORK",
  [MADV_MERGEABLE]: "MADV_MERGEABLE",
  [MADV_UNMERGEABLE]: "MADV_UNMERGEABLE",
  [MADV_HUGEPAGE]: "MADV_HUGEPAGE",
  [MADV_NOHUGEPAGE]: "MADV_NOHUGEPAGE",
  [MADV_DONTDUMP]: "MADV_DONTDUMP",
  [MADV_DODUMP]: "MADV_DODUMP",
  [MADV_COLD]: "MADV_COLD",
  [MADV_PAGEOUT]: "MADV_PAGEOUT",
  [MADV_POPULATE_READ]: "MADV_POPULATE_READ",
  [MADV_POPULATE_WRITE]: "MADV_POPULATE_WRITE",
});
const FUTEX_NAMES: FixedArray<string, 160> = sparseArray<string, 160>("", {
  [FUTEX_WAIT]: "FUTEX_WAIT",
  [FUTEX_WAKE]: "FUTEX_WAKE",
  [FUTEX_REQUEUE]: "FUTEX_REQUEUE",
  [FUTEX_CMP_REQUEUE]: "FUTEX_CMP_REQUEUE",
  [FUTEX_WAKE_OP]: "FUTEX_WAKE_OP",
  [FUTEX_WAIT_BITSET]: "FUTEX_WAIT_BITSET",
  [FUTEX_WAKE_BITSET]: "FUTEX_WAKE_BITSET",
});

/** A number that is a set of bits or lies far apart. */
@struct()
class Named {
  bits!: u32;
  name!: string;
}

const PROTECTION_BITS: FixedArray<Named, 3> = fixedArray<Named, 3>(
  { bits: PROT_READ, name: "PROT_READ" },
  { bits: PROT_WRITE, name: "PROT_WRITE" },
  { bits: PROT_EXEC, name: "PROT_EXEC" },
);
const MAP_BITS: FixedArray<Named, 12> = fixedArray<Named, 12>(
  { bits: MAP_FIXED, name: "MAP_FIXED" },
  { bits: MAP_ANONYMOUS, name: "MAP_ANONYMOUS" },
  { bits: MAP_32BIT, name: "MAP_32BIT" },
  { bits: MAP_GROWSDOWN, name: "MAP_GROWSDOWN" },
  { bits: MAP_DENYWRITE, name: "MAP_DENYWRITE" },
  { bits: MAP_LOCKED, name: "MAP_LOCKED" },
  { bits: MAP_NORESERVE, name: "MAP_NORESERVE" },
  { bits: MAP_POPULATE, name: "MAP_POPULATE" },
  { bits: MAP_NONBLOCK, name: "MAP_NONBLOCK" },
  { bits: MAP_STACK, name: "MAP_STACK" },
  { bits: MAP_HUGETLB, name: "MAP_HUGETLB" },
  { bits: MAP_FIXED_NOREPLACE, name: "MAP_FIXED_NOREPLACE" },
);
const REMAP_BITS: FixedArray<Named, 3> = fixedArray<Named, 3>(
  { bits: MREMAP_MAYMOVE, name: "MREMAP_MAYMOVE" },
  { bits: MREMAP_FIXED, name: "MREMAP_FIXED" },
  { bits: MREMAP_DONTUNMAP, name: "MREMAP_DONTUNMAP" },
);
const OPEN_BITS: FixedArray<Named, 14> = fixedArray<Named, 14>(
  { bits: O_CREAT, name: "O_CREAT" },
  { bits: O_EXCL, name: "O_EXCL" },
  { bits: O_NOCTTY, name: "O_NOCTTY" },
  { bits: O_TRUNC, name: "O_TRUNC" },
  { bits: O_APPEND, name: "O_APPEND" },
  { bits: O_NONBLOCK, name: "O_NONBLOCK" },
  { bits: O_DSYNC, name: "O_DSYNC" },
  { bits: O_DIRECT, name: "O_DIRECT" },
  { bits: O_LARGEFILE, name: "O_LARGEFILE" },
  { bits: O_DIRECTORY, name: "O_DIRECTORY" },
  { bits: O_NOFOLLOW, name: "O_NOFOLLOW" },
  { bits: O_NOATIME, name: "O_NOATIME" },
  { bits: O_CLOEXEC, name: "O_CLOEXEC" },
  { bits: O_PATH, name: "O_PATH" },
);
const RANDOM_BITS: FixedArray<Named, 3> = fixedArray<Named, 3>(
  { bits: GRND_NONBLOCK, name: "GRND_NONBLOCK" },
  { bits: GRND_RANDOM, name: "GRND_RANDOM" },
  { bits: GRND_INSECURE, name: "GRND_INSECURE" },
);
const FCNTL_NAMES: FixedArray<Named, 12> = fixedArray<Named, 12>(
  { bits: F_DUPFD, name: "F_DUPFD" },
  { bits: F_GETFD, name: "F_GETFD" },
  { bits: F_SETFD, name: "F_SETFD" },
  { bits: F_GETFL, name: "F_GETFL" },
  { bits: F_SETFL, name: "F_SETFL" },
  { bits: F_GETLK, name: "F_GETLK" },
  { bits: F_SETLK, name: "F_SETLK" },
  { bits: F_SETLKW, name: "F_SETLKW" },
  { bits: F_SETOWN, name: "F_SETOWN" },
  { bits: F_GETOWN, name: "F_GETOWN" },
  { bits: F_DUPFD_CLOEXEC, name: "F_DUPFD_CLOEXEC" },
  { bits: F_GETPIPE_SZ, name: "F_GETPIPE_SZ" },
);
const IOCTL_NAMES: FixedArray<Named, 22> = fixedArray<Named, 22>(
  { bits: TCGETS2, name: "TCGETS2" },
  { bits: TCSETS2, name: "TCSETS2" },
  { bits: TCSETSW2, name: "TCSETSW2" },
  { bits: TCSETSF2, name: "TCSETSF2" },
  { bits: TCSBRK, name: "TCSBRK" },
  { bits: TCSBRKP, name: "TCSBRKP" },
  { bits: TCXONC, name: "TCXONC" },
  { bits: TCFLSH, name: "TCFLSH" },
  { bits: TIOCSWINSZ, name: "TIOCSWINSZ" },
  { bits: TIOCOUTQ, name: "TIOCOUTQ" },
  { bits: TIOCGSID, name: "TIOCGSID" },
  { bits: TCGETS, name: "TCGETS" },
  { bits: TCSETS, name: "TCSETS" },
  { bits: TCSETSW, name: "TCSETSW" },
  { bits: TCSETSF, name: "TCSETSF" },
  { bits: TIOCGPGRP, name: "TIOCGPGRP" },
  { bits: TIOCSPGRP, name: "TIOCSPGRP" },
  { bits: TIOCGWINSZ, name: "TIOCGWINSZ" },
  { bits: FIONREAD, name: "FIONREAD" },
  { bits: FIONBIO, name: "FIONBIO" },
  { bits: FIONCLEX, name: "FIONCLEX" },
  { bits: FIOCLEX, name: "FIOCLEX" },
);
const ARCH_NAMES: FixedArray<Named, 6> = fixedArray<Named, 6>(
  { bits: ARCH_SET_GS, name: "ARCH_SET_GS" },
  { bits: ARCH_SET_FS, name: "ARCH_SET_FS" },
  { bits: ARCH_GET_FS, name: "ARCH_GET_FS" },
  { bits: ARCH_GET_GS, name: "ARCH_GET_GS" },
  { bits: ARCH_GET_CPUID, name: "ARCH_GET_CPUID" },
  { bits: ARCH_CET_STATUS, name: "ARCH_CET_STATUS" },
);
const PRCTL_NAMES: FixedArray<Named, 12> = fixedArray<Named, 12>(
  { bits: PR_SET_PDEATHSIG, name: "PR_SET_PDEATHSIG" },
  { bits: PR_GET_DUMPABLE, name: "PR_GET_DUMPABLE" },
  { bits: PR_SET_DUMPABLE, name: "PR_SET_DUMPABLE" },
  { bits: PR_SET_NAME, name: "PR_SET_NAME" },
  { bits: PR_GET_NAME, name: "PR_GET_NAME" },
  { bits: PR_GET_SECCOMP, name: "PR_GET_SECCOMP" },
  { bits: PR_GET_TIMERSLACK, name: "PR_GET_TIMERSLACK" },
  { bits: PR_SET_NO_NEW_PRIVS, name: "PR_SET_NO_NEW_PRIVS" },
  { bits: PR_GET_NO_NEW_PRIVS, name: "PR_GET_NO_NEW_PRIVS" },
  { bits: PR_SET_THP_DISABLE, name: "PR_SET_THP_DISABLE" },
  { bits: PR_GET_THP_DISABLE, name: "PR_GET_THP_DISABLE" },
  { bits: PR_SET_VMA, name: "PR_SET_VMA" },
);

/** "ENOENT" for 2; "" if the number has no name. */
export function errnoName(error: u64): string {
  return nameAt(ERRNO_NAMES, error);
}

export function signalName(signal: u64): string {
  return nameAt(SIGNAL_NAMES, signal);
}

export function clockName(clock: u64): string {
  return nameAt(CLOCK_NAMES, clock);
}

export function resourceName(resource: u64): string {
  return nameAt(RLIMIT_NAMES, resource);
}

export function adviceName(advice: u64): string {
  return nameAt(ADVICE_NAMES, advice);
}

export function futexName(operation: u64): string {
  return nameAt(FUTEX_NAMES, operation);
}

export function fcntlName(command: u64): string {
  return find(sliceOf(elements(FCNTL_NAMES), u64(FCNTL_NAMES.length)), command);
}

export function ioctlName(request: u64): string {
  return find(sliceOf(elements(IOCTL_NAMES), u64(IOCTL_NAMES.length)), request);
}

export function archName(code: u64): string {
  return find(sliceOf(elements(ARCH_NAMES), u64(ARCH_NAMES.length)), code);
}

export function prctlName(option: u64): string {
  return find(sliceOf(elements(PRCTL_NAMES), u64(PRCTL_NAMES.length)), option);
}

export function putProtection(buffer: TextBuffer, value: u64): void {
  putBits(buffer, sliceOf(elements(PROTECTION_BITS), u64(PROTECTION_BITS.length)), value, "PROT_NONE");
}

/** The type of the mapping (shared, private) and its flags. */
export function putMapFlags(buffer: TextBuffer, value: u64): void {
  const type = value & 15n;
  textPut(buffer, type === 2n ? "MAP_PRIVATE" : type === 1n ? "MAP_SHARED" : type === 3n ? "MAP_SHARED_VALIDATE" : "0");
  const rest = value & ~15n;
  if (rest !== 0n) {
    textPutByte(buffer, 124);
    putBits(buffer, sliceOf(elements(MAP_BITS), u64(MAP_BITS.length)), rest, "0");
  }
}

export function putRemapFlags(buffer: TextBuffer, value: u64): void {
  putBits(buffer, sliceOf(elements(REMAP_BITS), u64(REMAP_BITS.length)), value, "0");
}

export function putRandomFlags(buffer: TextBuffer, value: u64): void {
  putBits(buffer, sliceOf(elements(RANDOM_BITS), u64(RANDOM_BITS.length)), value, "0");
}

export function putOpenFlags(buffer: TextBuffer, value: u64): void {
  const mode = value & 3n;
  textPut(buffer, mode === 0n ? "O_RDONLY" : mode === 1n ? "O_WRONLY" : mode === 2n ? "O_RDWR" : "O_ACCMODE");
  const rest = value & ~3n;
  if (rest !== 0n) {
    textPutByte(buffer, 124);
    putBits(buffer, sliceOf(elements(OPEN_BITS), u64(OPEN_BITS.length)), rest, "0");
  }
}

function nameAt(names: FixedArray<string, 160>, index: u64): string {
  return index < u64(NAME_LIMIT) ? names[u32(index)] : "";
}

function find(names: Slice<Named>, value: u64): string {
  for (let i: u64 = 0n; i < names.length; i++) {
    if (u64(at(names, i).bits) === value) {
      return at(names, i).name;
    }
  }
  return "";
}

/** "A|B|0x40": names joined, what has none as a number; `none` for 0. */
function putBits(buffer: TextBuffer, names: Slice<Named>, value: u64, none: string): void {
  if (value === 0n) {
    textPut(buffer, none);
    return;
  }
  let rest = value;
  let isFirst = true;
  for (let i: u64 = 0n; i < names.length; i++) {
    const bits = u64(at(names, i).bits);
    if ((rest & bits) === bits) {
      if (!isFirst) {
        textPutByte(buffer, 124);
      }
      textPut(buffer, at(names, i).name);
      isFirst = false;
      rest = rest & ~bits;
    }
  }
  if (rest !== 0n) {
    if (!isFirst) {
      textPutByte(buffer, 124);
    }
    textPutHex(buffer, rest);
  }
}
