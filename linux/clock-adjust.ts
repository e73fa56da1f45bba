/**
 * adjtimex(2) and clock_adjtime(2): the clock is the host's, so it can be looked at and not changed; kernel/time/ntp.c of Linux.
 *
 * Whether the host's clock follows another one is not known here, so the answer is that of a machine where nobody has said so.
 */

import { EFAULT, EINVAL, EOPNOTSUPP, EPERM } from "../abi/errno.ts";
import {
  ADJ_ADJTIME,
  ADJ_OFFSET_READONLY,
  ADJ_OFFSET_SINGLESHOT,
  CLOCK_REALTIME,
  NS_PER_MICROSECOND,
  NS_PER_SECOND,
  STA_UNSYNC,
  TIME_ERROR,
  type Timex,
} from "../abi/linux-time.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { realtimeNs } from "../kernel/time/clock.ts";
import { clockNs } from "./clock.ts";
import { UNKNOWN_CLOCK } from "./cpu-time.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** What Linux begins with: NTP_PHASE_LIMIT and the rest, in microseconds and 2^-16 parts per million. */
const MOST_ERROR_US = 16_000_000n;
const TIME_CONSTANT = 2n;
const TOLERANCE = 32_768_000n;
const TICK_US = 10_000n;

/** adjtimex(buffer) */
export function sysAdjtimex(call: SyscallFrame): i64 {
  return look(call.a0);
}

/** clock_adjtime(clock, buffer) */
export function sysClockAdjtime(call: SyscallFrame): i64 {
  const clock = u32.wrap(call.a0);
  if (clockNs(clock) === UNKNOWN_CLOCK) {
    return i64(-EINVAL);
  }
  return clock === CLOCK_REALTIME ? look(call.a1) : i64(-EOPNOTSUPP);
}

function look(address: u64): i64 {
  const state: Timex = zeroed();
  // SAFETY: plain integers, here and below.
  if (userRead(castPtr<u8>(state), VirtAddr(address), u64(sizeOf<Timex>())) !== 0n) {
    return i64(-EFAULT);
  }
  const allowed = permits(state.modes);
  if (allowed !== 0n) {
    return allowed;
  }
  const now = realtimeNs();
  const modes = state.modes;
  zero(state);
  state.modes = modes;
  state.maxerror = MOST_ERROR_US;
  state.esterror = MOST_ERROR_US;
  state.status = STA_UNSYNC;
  state.constant = TIME_CONSTANT;
  state.precision = 1n;
  state.tolerance = TOLERANCE;
  state.tick = TICK_US;
  state.time.tv_sec = i64(now / NS_PER_SECOND);
  state.time.tv_usec = i64((now % NS_PER_SECOND) / NS_PER_MICROSECOND);
  const written = userWrite(VirtAddr(address), castPtr<u8>(state), u64(sizeOf<Timex>()));
  return written !== 0n ? written : i64(TIME_ERROR);
}

function permits(modes: u32): i64 {
  if ((modes & ADJ_ADJTIME) !== 0) {
    if ((modes & ADJ_OFFSET_SINGLESHOT) === 0) {
      return i64(-EINVAL);
    }
    return (modes & ADJ_OFFSET_READONLY) === 0 ? i64(-EPERM) : 0n;
  }
  return modes === 0 ? 0n : i64(-EPERM);
}
