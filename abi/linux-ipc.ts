/**
 * Semaphores and message queues as Linux programs on x86-64 see them: include/uapi/linux/{ipc,sem,msg,mqueue}.h and their asm parts. The
 * structs are those of the system calls (the 64-bit ones, which is all that x86-64 has).
 */

// --- System V ----------------------------------------------------------------------------------------------------------------

export const IPC_PRIVATE = 0;
export const IPC_CREAT = 0o1000;
export const IPC_EXCL = 0o2000;
export const IPC_NOWAIT = 0o4000;

export const IPC_RMID = 0;
export const IPC_SET = 1;
export const IPC_STAT = 2;
export const IPC_INFO = 3;

@struct(48)
export class IpcPerm {
  key!: i32;
  uid!: u32;
  gid!: u32;
  cuid!: u32;
  cgid!: u32;
  mode!: u32;
  seq!: u16;
  reserved0!: u16;
  reserved1!: u32;
  reserved2!: u64;
  reserved3!: u64;
}

export const GETPID = 11;
export const GETVAL = 12;
export const GETALL = 13;
export const GETNCNT = 14;
export const GETZCNT = 15;
export const SETVAL = 16;
export const SETALL = 17;
export const SEM_STAT = 18;
export const SEM_INFO = 19;
export const SEM_STAT_ANY = 20;
export const SEM_UNDO = 0x1000;

/** Linux's default limits: sets, semaphores of a set, of all sets, operations of a call, highest value. */
export const SEMMNI = 32_000;
export const SEMMSL = 32_000;
export const SEMMNS = 1_024_000_000;
export const SEMOPM = 500;
export const SEMVMX = 32_767;
/** What struct seminfo says without a use. */
export const SEMUSZ = 20;

@struct(6)
export class Sembuf {
  sem_num!: u16;
  sem_op!: i16;
  sem_flg!: u16;
}

@struct(104)
export class SemidDs {
  sem_perm!: IpcPerm;
  sem_otime!: i64;
  reserved1!: u64;
  sem_ctime!: i64;
  reserved2!: u64;
  sem_nsems!: u64;
  reserved3!: u64;
  reserved4!: u64;
}

@struct(40)
export class Seminfo {
  semmap!: i32;
  semmni!: i32;
  semmns!: i32;
  semmnu!: i32;
  semmsl!: i32;
  semopm!: i32;
  semume!: i32;
  semusz!: i32;
  semvmx!: i32;
  semaem!: i32;
}

export const MSG_STAT = 11;
export const MSG_INFO = 12;
export const MSG_STAT_ANY = 13;
export const MSG_NOERROR = 0o10000;
export const MSG_EXCEPT = 0o20000;
export const MSG_COPY = 0o40000;

/** Linux's default limits: queues, bytes of a message, bytes of a queue; and what struct msginfo says without a use. */
export const MSGMNI = 32_000;
export const MSGMAX = 8192;
export const MSGMNB = 16_384;
export const MSGSSZ = 16;
export const MSGSEG = 0xffff;
export const MSGPOOL = 512_000;

@struct(120)
export class MsqidDs {
  msg_perm!: IpcPerm;
  msg_stime!: i64;
  msg_rtime!: i64;
  msg_ctime!: i64;
  msg_cbytes!: u64;
  msg_qnum!: u64;
  msg_qbytes!: u64;
  msg_lspid!: i32;
  msg_lrpid!: i32;
  reserved1!: u64;
  reserved2!: u64;
}

@struct(32)
export class Msginfo {
  msgpool!: i32;
  msgmap!: i32;
  msgmax!: i32;
  msgmnb!: i32;
  msgmni!: i32;
  msgssz!: i32;
  msgtql!: i32;
  msgseg!: u16;
  reserved!: u16;
}

// --- POSIX message queues ----------------------------------------------------------------------------------------------------

/** Priorities are below. */
export const MQ_PRIO_MAX = 32_768;
/** /proc/sys/fs/mqueue, as Linux has it: queues, messages and bytes of a message, and what a queue has whose maker does not say. */
export const MQ_QUEUES_MAX = 256;
export const MQ_MSG_MAX = 10n;
export const MQ_MSGSIZE_MAX = 8192n;
/** What even root may not exceed. */
export const MQ_HARD_MSG_MAX = 65_536n;
export const MQ_HARD_MSGSIZE_MAX = 16_777_216n;
/** RLIMIT_MSGQUEUE. */
export const MQ_BYTES_MAX = 819_200n;
/** What the kernel counts for each message, and for each priority, besides the bytes: struct msg_msg, struct posix_msg_tree_node. */
export const MQ_MESSAGE_BYTES = 48n;
export const MQ_PRIORITY_BYTES = 48n;

/** What the socket of a notification by SIGEV_THREAD is sent: 32 bytes that the caller chose, but for the last one. */
export const NOTIFY_COOKIE_BYTES = 32n;
export const NOTIFY_WOKENUP = 1;
export const NOTIFY_REMOVED = 2;

@struct(64)
export class MqAttr {
  mq_flags!: i64;
  mq_maxmsg!: i64;
  mq_msgsize!: i64;
  mq_curmsgs!: i64;
  reserved!: FixedArray<i64, 4>;
}
