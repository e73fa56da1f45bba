/**
 * Landlock: what the process can still open is what lies below its exports (Documentation/userspace-api/landlock.rst).
 *
 * A second wall behind the walks of the file server, which would not lead out anyway: it holds for code that somebody else has put into
 * the monitor, too. What is open already stays usable.
 *
 * Version 1 of it forbids every rename and link between directories, so a host with that one goes without.
 */

import { ENOSYS } from "../../abi/errno.ts";
import {
  LANDLOCK_ACCESS_FS_EXECUTE,
  LANDLOCK_ACCESS_FS_IOCTL_DEV,
  LANDLOCK_ACCESS_FS_MAKE_BLOCK,
  LANDLOCK_ACCESS_FS_MAKE_CHAR,
  LANDLOCK_ACCESS_FS_READ_DIR,
  LANDLOCK_ACCESS_FS_READ_FILE,
  LANDLOCK_ACCESS_FS_REFER,
  LANDLOCK_ACCESS_FS_REMOVE_FILE,
  LANDLOCK_ACCESS_FS_TRUNCATE,
  LANDLOCK_ACCESS_FS_WRITE_FILE,
  LANDLOCK_ACCESS_NET_ALL,
  LANDLOCK_CREATE_RULESET_VERSION,
  LANDLOCK_RULE_PATH_BENEATH,
  LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET,
  LANDLOCK_SCOPE_SIGNAL,
  LandlockPathBeneathAttr,
  LandlockRulesetAttr,
} from "../../abi/linux-confinement.ts";
import { S_IFDIR } from "../../abi/linux-files.ts";
import {
  SYS_close,
  SYS_landlock_add_rule,
  SYS_landlock_create_ruleset,
  SYS_landlock_restrict_self,
} from "../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";

const FIRST_USEFUL_VERSION = 2n;
/** Version 1's rights: EXECUTE to MAKE_SYM. */
const FIRST_RIGHTS = 0x1fffn;
const FILE_RIGHTS: u64 = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;
const READ_RIGHTS: u64 = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
/** Nothing of an export is executed by the monitor, and devices are neither made nor used. */
const NEVER: u64 =
  LANDLOCK_ACCESS_FS_EXECUTE |
  LANDLOCK_ACCESS_FS_MAKE_CHAR |
  LANDLOCK_ACCESS_FS_MAKE_BLOCK |
  LANDLOCK_ACCESS_FS_IOCTL_DEV;

export class Landlock {
  /** The rules that are being collected. */
  fd!: i32;
  /** All rights that this kernel knows. */
  rights!: u64;
}

/**
 * Begins to collect rules: 0, or a negative errno (ENOSYS, EOPNOTSUPP: not in this kernel, not switched on). `mayKill`: signals go to
 * processes outside, too.
 */
export function landlockBegin(landlock: Landlock, mayKill: bool): i64 {
  landlock.fd = -1;
  const version = linuxCall(SYS_landlock_create_ruleset, 0n, 0n, u64(LANDLOCK_CREATE_RULESET_VERSION));
  if (version < 0n) return version;
  if (version < FIRST_USEFUL_VERSION) return i64(-ENOSYS);
  landlock.rights = FIRST_RIGHTS | LANDLOCK_ACCESS_FS_REFER;
  const attributes = new LandlockRulesetAttr();
  let bytes: u64 = 8n;
  if (version >= 3n) landlock.rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
  if (version >= 4n) {
    attributes.handledAccessNet = LANDLOCK_ACCESS_NET_ALL;
    bytes = 16n;
  }
  if (version >= 5n) landlock.rights |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
  if (version >= 6n) {
    attributes.scoped = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | (mayKill ? 0n : LANDLOCK_SCOPE_SIGNAL);
    bytes = 24n;
  }
  attributes.handledAccessFs = landlock.rights;
  const fd = linuxCall(SYS_landlock_create_ruleset, callPointer(attributes), bytes, 0n);
  if (fd >= 0n) landlock.fd = i32(fd);
  return fd < 0n ? fd : 0n;
}

/** Allows what an export is for, below the object that `fd` names: 0 or a negative errno. */
export function landlockAllowExport(landlock: Landlock, fd: i32, type: u32, isReadOnly: bool): i64 {
  let rights = isReadOnly ? READ_RIGHTS : landlock.rights & ~NEVER;
  if (type !== S_IFDIR) rights &= FILE_RIGHTS;
  return addRule(landlock, fd, rights & landlock.rights);
}

/** Allows to remove files of the directory. */
export function landlockAllowRemoval(landlock: Landlock, fd: i32): i64 {
  return addRule(landlock, fd, LANDLOCK_ACCESS_FS_REMOVE_FILE);
}

function addRule(landlock: Landlock, fd: i32, rights: u64): i64 {
  const rule = new LandlockPathBeneathAttr();
  rule.allowedAccess = rights;
  rule.parentFd = fd;
  const kind = u64(LANDLOCK_RULE_PATH_BENEATH);
  return linuxCall(SYS_landlock_add_rule, u64(landlock.fd), kind, callPointer(rule), 0n);
}

/** The rules hold for this thread and those that it starts: 0 or a negative errno. */
export function landlockEnforce(landlock: Landlock): i64 {
  return linuxCall(SYS_landlock_restrict_self, u64(landlock.fd), 0n);
}

export function landlockEnd(landlock: Landlock): void {
  if (landlock.fd >= 0) void linuxCall(SYS_close, u64(landlock.fd));
  landlock.fd = -1;
}
