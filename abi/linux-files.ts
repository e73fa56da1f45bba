/**
 * Files as Linux programs on x86-64 see them: include/uapi/asm-generic/{fcntl,ioctls,termbits,poll}.h, include/uapi/linux/{uio,stat}.h,
 * arch/x86/include/uapi/asm/stat.h.
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

export const AT_FDCWD = -100;
export const AT_EMPTY_PATH = 0x1000;

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
export const F_GETPIPE_SZ = 1032;
export const FD_CLOEXEC = 1;

export const TCGETS = 0x5401;
export const TCSETS = 0x5402;
export const TCSETSW = 0x5403;
export const TCSETSF = 0x5404;
export const TIOCGPGRP = 0x540f;
export const TIOCSPGRP = 0x5410;
export const TIOCGWINSZ = 0x5413;
export const FIONREAD = 0x541b;
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

export const POLLIN = 0x1;
export const POLLPRI = 0x2;
export const POLLOUT = 0x4;
export const POLLERR = 0x8;
export const POLLHUP = 0x10;
export const POLLNVAL = 0x20;
export const POLLRDNORM = 0x40;
export const POLLWRNORM = 0x100;

export const PATH_MAX = 4096;
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

@struct(8)
export class Winsize {
  ws_row!: u16;
  ws_col!: u16;
  ws_xpixel!: u16;
  ws_ypixel!: u16;
}

/** What TCGETS fills: the kernel's struct termios, shorter than libc's. */
@struct(36)
export class Termios {
  c_iflag!: u32;
  c_oflag!: u32;
  c_cflag!: u32;
  c_lflag!: u32;
  c_line!: u8;
  c_cc!: Bytes<19>;
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
