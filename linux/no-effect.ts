/** Calls that have nothing to do here. */

import { EBADF, EINVAL, EPERM, ESPIPE } from "../abi/errno.ts";
import { S_IFIFO, S_IFMT, S_IFREG, type Stat } from "../abi/linux-files.ts";
import { fdGet } from "./descriptors.ts";
import { fileStatus } from "./file-status.ts";
import { fileMayRead, filePut } from "./fs/file.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** setsid: the only process leads its group already. */
export function sysNoSession(_call: SyscallFrame): i64 {
  return i64(-EPERM);
}

/** POSIX_FADV_NOREUSE, the last. */
const LAST_ADVICE = 5;

/** fadvise64(fd, offset, length, advice): what is read of a file stays as long as there is memory, in the order in which it is used. */
export function sysFadvise(call: SyscallFrame): i64 {
  const stat: Stat = zeroed();
  const file = fdGet(i32.wrap(call.a0));
  if (file === null) return i64(-EBADF);
  const asked = fileStatus(file, stat);
  filePut(file);
  if (asked !== 0n) return asked;
  if ((stat.st_mode & S_IFMT) === S_IFIFO) return i64(-ESPIPE);
  return i64.wrap(call.a2) < 0n || u32.wrap(call.a3) > LAST_ADVICE ? i64(-EINVAL) : 0n;
}

/** readahead(fd, offset, count): of files that have contents to read ahead. */
export function sysReadahead(call: SyscallFrame): i64 {
  const stat: Stat = zeroed();
  const file = fdGet(i32.wrap(call.a0));
  if (file === null) return i64(-EBADF);
  const mayRead = fileMayRead(file);
  const asked = mayRead ? fileStatus(file, stat) : i64(-EBADF);
  filePut(file);
  if (asked !== 0n) return asked;
  return (stat.st_mode & S_IFMT) !== S_IFREG || i64.wrap(call.a2) < 0n ? i64(-EINVAL) : 0n;
}
