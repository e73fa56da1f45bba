// posix_fadvise, extended attributes and changes to the same user: what they say about files that are not there and wrong arguments.
// libc: both
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "../differ.h"

int main(void) {
  char path[] = "/tmp/advice";
  char value[16];
  int pipes[2];
  int fd = open(path, O_RDWR | O_CREAT, 0600);
  CALL(pipe(pipes));
  CALL(syscall(SYS_fadvise64, fd, 0L, 0L, POSIX_FADV_WILLNEED));
  CALL(syscall(SYS_fadvise64, fd, 0L, 10L, POSIX_FADV_DONTNEED));
  CALL(syscall(SYS_fadvise64, fd, 0L, -1L, POSIX_FADV_NORMAL));
  CALL(syscall(SYS_fadvise64, fd, 0L, 0L, 6));
  CALL(syscall(SYS_fadvise64, pipes[0], 0L, 0L, POSIX_FADV_NORMAL));
  CALL(syscall(SYS_fadvise64, 777, 0L, 0L, POSIX_FADV_NORMAL));
  CALL(listxattr("/tmp/nothing", value, sizeof value));
  CALL(getxattr("/tmp/nothing", "user.a", value, sizeof value));
  CALL(setxattr("/tmp/nothing", "user.a", "x", 1, 0));
  CALL(removexattr("/tmp/nothing", "user.a"));
  CALL(lremovexattr("/tmp/nothing", "user.a"));
  CALL(llistxattr("", value, sizeof value));
  CALL(listxattr(path, value, sizeof value));
  CALL(flistxattr(fd, value, sizeof value));
  CALL(flistxattr(777, value, sizeof value));
  CALL(fgetxattr(777, "user.a", value, sizeof value));
  CALL(fremovexattr(777, "user.a"));
  CALL(getxattr(path, "", value, sizeof value));
  CALL(syscall(SYS_setresuid, -1, -1, -1));
  CALL(syscall(SYS_setresuid, getuid(), geteuid(), -1));
  CALL(syscall(SYS_setresgid, -1, getegid(), getegid()));
  CALL(syscall(SYS_setreuid, -1, geteuid()));
  CALL(syscall(SYS_setregid, getgid(), -1));
  CALL(syscall(SYS_setgid, getgid()));
  CALL(unlink(path));
  return 0;
}
