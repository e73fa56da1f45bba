/** timerfd_create, timerfd_settime, timerfd_gettime. */

import { EBADF, EFAULT, EINVAL, EPERM } from "../abi/errno.ts";
import { O_CLOEXEC, O_NONBLOCK, TFD_TIMER_ABSTIME, TFD_TIMER_CANCEL_ON_SET } from "../abi/linux-files.ts";
import { CAP_WAKE_ALARM } from "../abi/linux-process.ts";
import {
  CLOCK_BOOTTIME,
  CLOCK_BOOTTIME_ALARM,
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  CLOCK_REALTIME_ALARM,
} from "../abi/linux-time.ts";
import { isCapable } from "./capabilities.ts";
import { readTimespecNs, writeTimespec } from "./clock.ts";
import { fdGet } from "./descriptors.ts";
import { placeOne } from "./file-objects.ts";
import { type File, filePut } from "./fs/file.ts";
import { fileIsTimerfd, type TimerSetting, timerfdCreate, timerfdGet, timerfdSet } from "./fs/timerfd.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

const TIMESPEC_BYTES = 16n;

export function sysTimerfdCreate(call: SyscallFrame): i64 {
  const clock = u32.wrap(call.a0);
  const flags = u32.wrap(call.a1);
  const isAlarm = clock === CLOCK_REALTIME_ALARM || clock === CLOCK_BOOTTIME_ALARM;
  const isRealtime = clock === CLOCK_REALTIME || clock === CLOCK_REALTIME_ALARM;
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) {
    return i64(-EINVAL);
  }
  if (!isRealtime && !isAlarm && clock !== CLOCK_MONOTONIC && clock !== CLOCK_BOOTTIME) {
    return i64(-EINVAL);
  }
  if (isAlarm && !isCapable(CAP_WAKE_ALARM)) {
    return i64(-EPERM);
  }
  return placeOne(timerfdCreate(isRealtime, flags & O_NONBLOCK), flags);
}

/** timerfd_settime(fd, flags, new, old) */
export function sysTimerfdSettime(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a1);
  if ((flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) !== 0) {
    return i64(-EINVAL);
  }
  const interval = readTimespecNs(call.a2);
  const value = interval < 0n ? interval : readTimespecNs(call.a2 + TIMESPEC_BYTES);
  if (value < 0n) {
    return value;
  }
  const file = fdGet(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  const result = set(
    file,
    { valueNs: u64(value), intervalNs: u64(interval) },
    (flags & TFD_TIMER_ABSTIME) !== 0,
    call.a3,
  );
  filePut(file);
  return result;
}

function set(file: File, wanted: TimerSetting, isAbsolute: bool, address: u64): i64 {
  if (!fileIsTimerfd(file)) {
    return i64(-EINVAL);
  }
  const before: TimerSetting = zeroed();
  timerfdSet(file, wanted, isAbsolute, before);
  return address === 0n ? 0n : store(before, address);
}

function store(setting: TimerSetting, address: u64): i64 {
  if (writeTimespec(address, setting.intervalNs) !== 0n) {
    return i64(-EFAULT);
  }
  return writeTimespec(address + TIMESPEC_BYTES, setting.valueNs);
}

export function sysTimerfdGettime(call: SyscallFrame): i64 {
  const file = fdGet(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  const setting: TimerSetting = zeroed();
  const isTimer = fileIsTimerfd(file);
  if (isTimer) {
    timerfdGet(file, setting);
  }
  filePut(file);
  return isTimer ? store(setting, call.a1) : i64(-EINVAL);
}
