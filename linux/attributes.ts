/**
 * Extended attributes (xattr(7)): no file here has any, and none can be set, as on a Linux file system without them. What the calls say
 * about names and descriptors that lead nowhere comes first, as there.
 */

import { EBADF, EFAULT, ENAMETOOLONG, EOPNOTSUPP, ERANGE } from "../abi/errno.ts";
import { AT_FDCWD } from "../abi/linux-files.ts";
import { userString } from "../kernel/mm/user-access.ts";
import { fdGet } from "./descriptors.ts";
import { filePut } from "./fs/file.ts";
import { type Walk, walkEnd } from "./fs/walk.ts";
import { walkAtOrFile, walkMustExist } from "./fs/walk-at.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** XATTR_NAME_MAX and the NUL. */
const NAME_BYTES = 256n;

/** getxattr, setxattr, removexattr */
export function sysAttribute(call: SyscallFrame): i64 {
  return withoutAttribute(call, lookFor(call.a0, true));
}

/** lgetxattr, lsetxattr, lremovexattr: of a link itself. */
export function sysLinkAttribute(call: SyscallFrame): i64 {
  return withoutAttribute(call, lookFor(call.a0, false));
}

/** fgetxattr, fsetxattr, fremovexattr */
export function sysFileAttribute(call: SyscallFrame): i64 {
  return withoutAttribute(call, lookAt(call.a0));
}

/** listxattr */
export function sysListAttributes(call: SyscallFrame): i64 {
  return lookFor(call.a0, true);
}

/** llistxattr */
export function sysListLinkAttributes(call: SyscallFrame): i64 {
  return lookFor(call.a0, false);
}

/** flistxattr */
export function sysListFileAttributes(call: SyscallFrame): i64 {
  return lookAt(call.a0);
}

/** `found`: what looking for the file came to. */
function withoutAttribute(call: SyscallFrame, found: i64): i64 {
  if (found !== 0n) return found;
  const name: Bytes<256> = zeroed();
  const length = userString(sliceOf(elements(name), NAME_BYTES), VirtAddr(call.a1));
  if (length === i64(-EFAULT)) return length;
  if (length === i64(-ENAMETOOLONG) || length === 0n) return i64(-ERANGE);
  return i64(-EOPNOTSUPP);
}

/** Whether the path leads to a file: 0 or a negative errno. */
function lookFor(path: u64, follows: bool): i64 {
  const walk: Walk = zeroed();
  walk.follows = follows;
  const walked = walkAtOrFile(walk, AT_FDCWD, path, 0);
  const result = walked !== 0n ? walked : walkMustExist(walk);
  walkEnd(walk);
  return result;
}

function lookAt(fd: u64): i64 {
  const file = fdGet(i32.wrap(fd));
  if (file === null) return i64(-EBADF);
  filePut(file);
  return 0n;
}
