/** What prctl(2) does with capabilities: PR_SET_KEEPCAPS, secure bits, the bounding set and the ambient one (security/commoncap.c of Linux). */

import { EINVAL, EPERM } from "../abi/errno.ts";
import {
  CAP_LAST_CAP,
  CAP_SETPCAP,
  PR_CAP_AMBIENT,
  PR_CAP_AMBIENT_CLEAR_ALL,
  PR_CAP_AMBIENT_IS_SET,
  PR_CAP_AMBIENT_LOWER,
  PR_CAP_AMBIENT_RAISE,
  PR_CAPBSET_DROP,
  PR_CAPBSET_READ,
  PR_GET_KEEPCAPS,
  PR_GET_SECUREBITS,
  PR_SET_KEEPCAPS,
  PR_SET_SECUREBITS,
  SECBIT_KEEP_CAPS,
  SECBIT_KEEP_CAPS_LOCKED,
  SECBIT_NO_CAP_AMBIENT_RAISE,
  SECURE_ALL_BITS,
} from "../abi/linux-process.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import { isCapable } from "./capabilities.ts";
import { bitOfCapability, type Capabilities } from "./core/capability-rules.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { currentTask, tasksLock } from "./task.ts";

const SECURE_ALL_LOCKS = SECURE_ALL_BITS << 1;

/** Those options of prctl; -EINVAL for all others. */
export function capabilityControl(call: SyscallFrame): i64 {
  const mayChange = isCapable(CAP_SETPCAP);
  const sets = currentTask().capabilities;
  using _guard = lockAcquire(tasksLock);
  switch (u32.wrap(call.a0)) {
    case PR_GET_KEEPCAPS:
      return (sets.secureBits & SECBIT_KEEP_CAPS) !== 0 ? 1n : 0n;
    case PR_SET_KEEPCAPS:
      return setKeeps(sets, call.a1);
    case PR_GET_SECUREBITS:
      return i64(sets.secureBits);
    case PR_SET_SECUREBITS:
      return setSecureBits(sets, call.a1, mayChange);
    case PR_CAPBSET_READ:
      return isKnown(call.a1) ? i64((sets.bounding >> call.a1) & 1n) : i64(-EINVAL);
    case PR_CAPBSET_DROP:
      return mayChange ? drop(sets, call.a1) : i64(-EPERM);
    case PR_CAP_AMBIENT:
      return ambient(sets, call);
    default:
      return i64(-EINVAL);
  }
}

function isKnown(capability: u64): bool {
  return capability <= u64(CAP_LAST_CAP);
}

function setKeeps(sets: Capabilities, keeps: u64): i64 {
  if (keeps > 1n) {
    return i64(-EINVAL);
  }
  if ((sets.secureBits & SECBIT_KEEP_CAPS_LOCKED) !== 0) {
    return i64(-EPERM);
  }
  sets.secureBits = (sets.secureBits & ~SECBIT_KEEP_CAPS) | (keeps === 1n ? SECBIT_KEEP_CAPS : 0);
  return 0n;
}

/** What is locked stays as it is, and locked. */
function setSecureBits(sets: Capabilities, wanted: u64, mayChange: bool): i64 {
  const bits = u32.wrap(wanted);
  const locks = sets.secureBits & SECURE_ALL_LOCKS;
  const changesLocked = ((locks >> 1) & (sets.secureBits ^ bits)) !== 0;
  const isUnknown = (wanted & ~u64(SECURE_ALL_BITS | SECURE_ALL_LOCKS)) !== 0n;
  if (changesLocked || (locks & ~bits) !== 0 || isUnknown || !mayChange) {
    return i64(-EPERM);
  }
  sets.secureBits = bits;
  return 0n;
}

function drop(sets: Capabilities, capability: u64): i64 {
  if (!isKnown(capability)) {
    return i64(-EINVAL);
  }
  sets.bounding &= ~(1n << capability);
  return 0n;
}

/** prctl(PR_CAP_AMBIENT, what, capability, 0, 0) */
function ambient(sets: Capabilities, call: SyscallFrame): i64 {
  const what = u32.wrap(call.a1);
  if (call.a3 !== 0n || call.a4 !== 0n || (what === PR_CAP_AMBIENT_CLEAR_ALL ? call.a2 !== 0n : !isKnown(call.a2))) {
    return i64(-EINVAL);
  }
  const bit: u64 = what === PR_CAP_AMBIENT_CLEAR_ALL ? 0n : bitOfCapability(u32(call.a2));
  switch (what) {
    case PR_CAP_AMBIENT_CLEAR_ALL:
      sets.ambient = 0n;
      return 0n;
    case PR_CAP_AMBIENT_IS_SET:
      return (sets.ambient & bit) !== 0n ? 1n : 0n;
    case PR_CAP_AMBIENT_LOWER:
      sets.ambient &= ~bit;
      return 0n;
    case PR_CAP_AMBIENT_RAISE:
      if ((sets.permitted & sets.inheritable & bit) === 0n || (sets.secureBits & SECBIT_NO_CAP_AMBIENT_RAISE) !== 0) {
        return i64(-EPERM);
      }
      sets.ambient |= bit;
      return 0n;
    default:
      return i64(-EINVAL);
  }
}
