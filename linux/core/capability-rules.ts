/**
 * How a task's sets of capabilities change (capabilities(7), security/commoncap.c of Linux): by capset(2), by another user, by execve.
 *
 * There are no capabilities of files, and nobody is trusted with those of a parent: the sets are one task's.
 */

import { EPERM } from "../../abi/errno.ts";
import {
  CAP_CHOWN,
  CAP_DAC_OVERRIDE,
  CAP_DAC_READ_SEARCH,
  CAP_FOWNER,
  CAP_FSETID,
  CAP_LAST_CAP,
  CAP_LINUX_IMMUTABLE,
  CAP_MAC_OVERRIDE,
  CAP_MKNOD,
  CAP_SETPCAP,
  SECBIT_KEEP_CAPS,
  SECBIT_NO_SETUID_FIXUP,
  SECBIT_NOROOT,
} from "../../abi/linux-process.ts";

export const ALL_CAPABILITIES: u64 = (1n << u64(CAP_LAST_CAP + 1)) - 1n;

/** Those that follow the user of setfsuid(2). */
const OF_FILES: u64 =
  (1n << u64(CAP_CHOWN)) |
  (1n << u64(CAP_DAC_OVERRIDE)) |
  (1n << u64(CAP_DAC_READ_SEARCH)) |
  (1n << u64(CAP_FOWNER)) |
  (1n << u64(CAP_FSETID)) |
  (1n << u64(CAP_LINUX_IMMUTABLE)) |
  (1n << u64(CAP_MKNOD)) |
  (1n << u64(CAP_MAC_OVERRIDE));

export class Capabilities {
  effective!: u64;
  permitted!: u64;
  inheritable!: u64;
  ambient!: u64;
  bounding!: u64;
  /** SECBIT_* */
  secureBits!: u32;
}

/** The numbers of users before or after a change. */
export class UserNumbers {
  real!: u32;
  effective!: u32;
  saved!: u32;
  file!: u32;
}

export function bitOfCapability(capability: u32): u64 {
  return 1n << u64(capability);
}

function isWithin(some: u64, all: u64): bool {
  return (some & ~all) === 0n;
}

/** capset: 0n or -EPERM. Of `wanted` the first three sets count. */
export function capabilitiesSet(sets: Capabilities, wanted: Capabilities): i64 {
  const isCapped = (sets.effective & bitOfCapability(CAP_SETPCAP)) === 0n;
  if (
    (isCapped && !isWithin(wanted.inheritable, sets.inheritable | sets.permitted)) ||
    !isWithin(wanted.inheritable, sets.inheritable | sets.bounding) ||
    !isWithin(wanted.permitted, sets.permitted) ||
    !isWithin(wanted.effective, wanted.permitted)
  ) {
    return i64(-EPERM);
  }
  sets.effective = wanted.effective;
  sets.permitted = wanted.permitted;
  sets.inheritable = wanted.inheritable;
  sets.ambient &= wanted.permitted & wanted.inheritable;
  return 0n;
}

function hasRoot(users: UserNumbers): bool {
  return users.real === 0 || users.effective === 0 || users.saved === 0;
}

/** setuid, setreuid, setresuid have changed the users: who leaves root for good loses all, unless it keeps them on purpose. */
export function capabilitiesOfOtherUser(sets: Capabilities, before: UserNumbers, after: UserNumbers): void {
  if ((sets.secureBits & SECBIT_NO_SETUID_FIXUP) !== 0) {
    return;
  }
  if (hasRoot(before) && !hasRoot(after)) {
    if ((sets.secureBits & SECBIT_KEEP_CAPS) === 0) {
      sets.permitted = 0n;
      sets.effective = 0n;
    }
    sets.ambient = 0n;
  }
  if (before.effective === 0 && after.effective !== 0) {
    sets.effective = 0n;
  }
  if (before.effective !== 0 && after.effective === 0) {
    sets.effective = sets.permitted;
  }
}

/** setfsuid has. */
export function capabilitiesOfOtherFileUser(sets: Capabilities, before: u32, after: u32): void {
  if ((sets.secureBits & SECBIT_NO_SETUID_FIXUP) !== 0) {
    return;
  }
  if (before === 0 && after !== 0) {
    sets.effective &= ~OF_FILES;
  }
  if (before !== 0 && after === 0) {
    sets.effective |= OF_FILES & sets.permitted;
  }
}

/** Another program begins: root has again what is bound to it, anybody else only what is ambient. */
export function capabilitiesOfNewProgram(sets: Capabilities, users: UserNumbers): void {
  const isRoot = (sets.secureBits & SECBIT_NOROOT) === 0;
  const gives = isRoot && (users.real === 0 || users.effective === 0);
  sets.permitted = (gives ? sets.bounding | sets.inheritable : 0n) | sets.ambient;
  sets.effective = isRoot && users.effective === 0 ? sets.permitted : sets.ambient;
  sets.secureBits &= ~SECBIT_KEEP_CAPS;
}
