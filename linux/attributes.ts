/**
 * Extended attributes (xattr(7)): no file here has any, and none can be set, as on a Linux file system without them. What the calls say
 * about names, values and descriptors that lead nowhere comes first, as there.
 */

import { E2BIG, EBADF, EFAULT, EINVAL, ENAMETOOLONG, EOPNOTSUPP, ERANGE } from "../abi/errno.ts";
import { AT_FDCWD } from "../abi/linux-files.ts";
import { userRead, userString } from "../kernel/mm/user-access.ts";
import { fdGet } from "./descriptors.ts";
import { filePut } from "./fs/file.ts";
import { type Walk, walkEnd } from "./fs/walk.ts";
import { walkAtOrFile, walkMustExist } from "./fs/walk-at.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** XATTR_NAME_MAX and the NUL. */
const NAME_BYTES = 256n;
/** XATTR_SIZE_MAX */
const MOST_VALUE_BYTES = 0x1_0000n;
/** XATTR_CREATE, XATTR_REPLACE */
const SET_FLAGS = 3;

/** getxattr, removexattr */
export function sysAttribute(call: SyscallFrame): i64 {
  return withoutAttribute(call, lookFor(call.a0, true));
}

/** lgetxattr, lremovexattr: of a link itself. */
export function sysLinkAttribute(call: SyscallFrame): i64 {
  return withoutAttribute(call, lookFor(call.a0, false));
}

/** fgetxattr, fremovexattr */
export function sysFileAttribute(call: SyscallFrame): i64 {
  return withoutAttribute(call, lookAt(call.a0));
}

/** setxattr(path, name, value, bytes, flags): the arguments are looked at before the path. */
export function sysSetAttribute(call: SyscallFrame): i64 {
  const refused = refusalToSet(call);
  return refused !== 0n ? refused : withoutAttribute(call, lookFor(call.a0, true));
}

export function sysSetLinkAttribute(call: SyscallFrame): i64 {
  const refused = refusalToSet(call);
  return refused !== 0n ? refused : withoutAttribute(call, lookFor(call.a0, false));
}

/** fsetxattr: the descriptor comes first. */
export function sysSetFileAttribute(call: SyscallFrame): i64 {
  const found = lookAt(call.a0);
  const refused = found !== 0n ? found : refusalToSet(call);
  return refused !== 0n ? refused : withoutAttribute(call, 0n);
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

function refusalToSet(call: SyscallFrame): i64 {
  if ((u32.wrap(call.a4) & ~SET_FLAGS) !== 0) return i64(-EINVAL);
  const named = refusalOfName(call.a1);
  if (named !== 0n) return named;
  if (call.a3 > MOST_VALUE_BYTES) return i64(-E2BIG);
  let byte: u8 = 0;
  const last: u64 = call.a3 === 0n ? 0n : call.a3 - 1n;
  const isThere = call.a3 === 0n || userRead(addressOf(byte), VirtAddr(call.a2), 1n) === 0n;
  return isThere && (last === 0n || userRead(addressOf(byte), VirtAddr(call.a2 + last), 1n) === 0n) ? 0n : i64(-EFAULT);
}

/** `found`: what looking for the file came to. */
function withoutAttribute(call: SyscallFrame, found: i64): i64 {
  if (found !== 0n) return found;
  const named = refusalOfName(call.a1);
  return named !== 0n ? named : i64(-EOPNOTSUPP);
}

function refusalOfName(address: u64): i64 {
  const name: Bytes<256> = zeroed();
  const length = userString(sliceOf(elements(name), NAME_BYTES), VirtAddr(address));
  if (length === i64(-EFAULT)) return length;
  return length === i64(-ENAMETOOLONG) || length === 0n ? i64(-ERANGE) : 0n;
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
