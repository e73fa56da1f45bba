/**
 * Files as Linux programs on x86-64 see them: include/uapi/asm-generic/{fcntl,ioctls,termbits,poll,statfs}.h,
 * include/uapi/linux/{uio,stat,fcntl,eventfd,timerfd,signalfd,eventpoll,memfd,falloc,fs,openat2,magic}.h, arch/x86/include/uapi/asm/stat.h.
 */

export const O_ACCMODE = 3;
export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NOCTTY = 0o400;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_DSYNC = 0o10000;
export const O_DIRECT = 0o40000;
export const O_LARGEFILE = 0o100000;
export const O_DIRECTORY = 0o200000;
export const O_NOFOLLOW = 0o400000;
export const O_NOATIME = 0o1000000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;
export const O_SYNC = 0o4010000;
/** With O_DIRECTORY, as user space writes it. */
export const O_TMPFILE = 0o20200000;

export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_REMOVEDIR = 0x200;
export const AT_EACCESS = 0x200;
export const AT_SYMLINK_FOLLOW = 0x400;
export const AT_NO_AUTOMOUNT = 0x800;
export const AT_EMPTY_PATH = 0x1000;
export const AT_EXECVE_CHECK = 0x1_0000;
export const AT_STATX_SYNC_TYPE = 0x6000;

export const RESOLVE_NO_XDEV = 0x01;
export const RESOLVE_NO_MAGICLINKS = 0x02;
export const RESOLVE_NO_SYMLINKS = 0x04;
export const RESOLVE_BENEATH = 0x08;
export const RESOLVE_IN_ROOT = 0x10;
export const RESOLVE_CACHED = 0x20;

export const R_OK = 4;
export const W_OK = 2;
export const X_OK = 1;

export const RENAME_NOREPLACE = 1;
export const RENAME_EXCHANGE = 2;
export const RENAME_WHITEOUT = 4;

export const SPLICE_F_NONBLOCK = 2;
/** SPLICE_F_MOVE, NONBLOCK, MORE and GIFT; only NONBLOCK changes what happens. */
export const SPLICE_F_ALL = 0xf;

export const SEEK_SET = 0;
export const SEEK_CUR = 1;
export const SEEK_END = 2;
export const SEEK_DATA = 3;
export const SEEK_HOLE = 4;

export const F_DUPFD = 0;
export const F_GETFD = 1;
export const F_SETFD = 2;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const F_GETLK = 5;
export const F_SETLK = 6;
export const F_SETLKW = 7;
export const F_SETOWN = 8;
export const F_GETOWN = 9;
export const F_DUPFD_CLOEXEC = 1030;
export const F_SETSIG = 10;
export const F_GETSIG = 11;
export const F_OFD_GETLK = 36;
export const F_OFD_SETLK = 37;
export const F_OFD_SETLKW = 38;
export const F_SETPIPE_SZ = 1031;
export const F_GETPIPE_SZ = 1032;
export const F_ADD_SEALS = 1033;
export const F_GET_SEALS = 1034;
export const F_SEAL_SEAL = 1;
export const F_SEAL_SHRINK = 2;
export const F_SEAL_GROW = 4;
export const F_SEAL_WRITE = 8;
export const F_SEAL_FUTURE_WRITE = 16;
export const F_RDLCK = 0;
export const F_WRLCK = 1;
export const F_UNLCK = 2;
export const FD_CLOEXEC = 1;

export const FIONBIO = 0x5421;
export const FIONCLEX = 0x5450;
export const FIOCLEX = 0x5451;

export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o060000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;
export const S_IFLNK = 0o120000;
export const S_ISUID = 0o4000;
export const S_ISGID = 0o2000;
export const S_ISVTX = 0o1000;

export const POLLIN = 0x1;
export const POLLPRI = 0x2;
export const POLLOUT = 0x4;
export const POLLERR = 0x8;
export const POLLHUP = 0x10;
export const POLLNVAL = 0x20;
export const POLLRDNORM = 0x40;
export const POLLRDBAND = 0x80;
export const POLLWRNORM = 0x100;
export const POLLWRBAND = 0x200;
export const POLLRDHUP = 0x2000;

export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
export const EPOLLEXCLUSIVE = 0x1000_0000;
export const EPOLLWAKEUP = 0x2000_0000;
export const EPOLLONESHOT = 0x4000_0000;
export const EPOLLET = 0x8000_0000;

export const EFD_SEMAPHORE = 1;
export const TFD_TIMER_ABSTIME = 1;
export const TFD_TIMER_CANCEL_ON_SET = 2;

export const MFD_CLOEXEC = 1;
export const MFD_ALLOW_SEALING = 2;
export const MFD_HUGETLB = 4;

export const FALLOC_FL_KEEP_SIZE = 1;
export const FALLOC_FL_PUNCH_HOLE = 2;
export const FALLOC_FL_COLLAPSE_RANGE = 8;
export const FALLOC_FL_ZERO_RANGE = 16;
export const FALLOC_FL_INSERT_RANGE = 32;

export const CLOSE_RANGE_UNSHARE = 2;
export const CLOSE_RANGE_CLOEXEC = 4;

export const UTIME_NOW = 0x3fff_ffffn;
export const UTIME_OMIT = 0x3fff_fffen;

export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
export const LOCK_UN = 8;

export const TMPFS_MAGIC = 0x0102_1994n;
export const PROC_SUPER_MAGIC = 0x9fa0n;
export const V9FS_MAGIC = 0x0102_1997n;
export const SYSFS_MAGIC = 0x6265_6572n;
export const PIPEFS_MAGIC = 0x5049_5045n;
export const ANON_INODE_FS_MAGIC = 0x0904_1934n;
export const SOCKFS_MAGIC = 0x534f_434bn;

export const PATH_MAX = 4096;
export const NAME_MAX = 255;
export const PIPE_BUF = 4096;
export const IOV_MAX = 1024n;

@struct(16)
export class Iovec {
  iov_base!: u64;
  iov_len!: u64;
}

@struct(8)
export class Pollfd {
  fd!: i32;
  events!: u16;
  revents!: u16;
}

@struct(144)
export class Stat {
  st_dev!: u64;
  st_ino!: u64;
  st_nlink!: u64;
  st_mode!: u32;
  st_uid!: u32;
  st_gid!: u32;
  padding!: u32;
  st_rdev!: u64;
  st_size!: i64;
  st_blksize!: i64;
  st_blocks!: i64;
  st_atime!: u64;
  st_atime_nsec!: u64;
  st_mtime!: u64;
  st_mtime_nsec!: u64;
  st_ctime!: u64;
  st_ctime_nsec!: u64;
  unused!: FixedArray<i64, 3>;
}

export const STATX_BASIC_STATS = 0x7ff;

@struct(16)
export class StatxTimestamp {
  tv_sec!: i64;
  tv_nsec!: u32;
  reserved!: i32;
}

@struct(256)
export class Statx {
  stx_mask!: u32;
  stx_blksize!: u32;
  stx_attributes!: u64;
  stx_nlink!: u32;
  stx_uid!: u32;
  stx_gid!: u32;
  stx_mode!: u16;
  spare0!: u16;
  stx_ino!: u64;
  stx_size!: u64;
  stx_blocks!: u64;
  stx_attributes_mask!: u64;
  stx_atime!: StatxTimestamp;
  stx_btime!: StatxTimestamp;
  stx_ctime!: StatxTimestamp;
  stx_mtime!: StatxTimestamp;
  stx_rdev_major!: u32;
  stx_rdev_minor!: u32;
  stx_dev_major!: u32;
  stx_dev_minor!: u32;
  stx_mnt_id!: u64;
  spare!: FixedArray<u64, 13>;
}

/** Behind a directory entry's name comes a NUL, and padding to a multiple of 8. */
@struct(24)
export class Dirent64 {
  d_ino!: u64;
  d_off!: i64;
  d_reclen!: u16;
  d_type!: u8;
  padding!: Bytes<5>;
}
/** Where the name begins in struct linux_dirent64; in the old struct linux_dirent at 18, with the type in the record's last byte. */
export const DIRENT64_NAME_AT = 19;
export const DIRENT_NAME_AT = 18;

@struct(120)
export class Statfs {
  f_type!: u64;
  f_bsize!: u64;
  f_blocks!: u64;
  f_bfree!: u64;
  f_bavail!: u64;
  f_files!: u64;
  f_ffree!: u64;
  f_fsid!: FixedArray<u32, 2>;
  f_namelen!: u64;
  f_frsize!: u64;
  f_flags!: u64;
  f_spare!: FixedArray<u64, 4>;
}

@struct(12, { packed: true })
export class EpollEvent {
  events!: u32;
  data!: u64;
}

@struct(128)
export class SignalfdSiginfo {
  ssi_signo!: u32;
  ssi_errno!: i32;
  ssi_code!: i32;
  ssi_pid!: u32;
  ssi_uid!: u32;
  ssi_fd!: i32;
  ssi_tid!: u32;
  ssi_band!: u32;
  ssi_overrun!: u32;
  ssi_trapno!: u32;
  ssi_status!: i32;
  ssi_int!: i32;
  ssi_ptr!: u64;
  ssi_utime!: u64;
  ssi_stime!: u64;
  ssi_addr!: u64;
  ssi_addr_lsb!: u16;
  padding!: Bytes<46>;
}

@struct(24)
export class OpenHow {
  flags!: u64;
  mode!: u64;
  resolve!: u64;
}

@struct(32)
export class Flock {
  l_type!: i16;
  l_whence!: i16;
  l_start!: i64;
  l_len!: i64;
  l_pid!: i32;
  padding!: i32;
}
