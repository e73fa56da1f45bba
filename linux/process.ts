/**
 * The process as its program can ask about and adjust it: limits, usage, names, thread pointer, and what needs other processes.
 */

import type { ModuleLimit } from "../abi/boot-info.ts";
import { EFAULT, EINVAL, EPERM, ESRCH } from "../abi/errno.ts";
import { MQ_BYTES_MAX } from "../abi/linux-ipc.ts";
import {
  ARCH_GET_FS,
  ARCH_GET_GS,
  ARCH_SET_FS,
  ARCH_SET_GS,
  CAP_SYS_RESOURCE,
  PR_GET_DUMPABLE,
  PR_GET_NAME,
  PR_GET_NO_NEW_PRIVS,
  PR_GET_PDEATHSIG,
  PR_GET_THP_DISABLE,
  PR_GET_TIMERSLACK,
  PR_SET_DUMPABLE,
  PR_SET_NAME,
  PR_SET_NO_NEW_PRIVS,
  PR_SET_PDEATHSIG,
  PR_SET_THP_DISABLE,
  RLIM_INFINITY,
  RLIM_NLIMITS,
  RLIMIT_CORE,
  RLIMIT_FSIZE,
  RLIMIT_MEMLOCK,
  RLIMIT_MSGQUEUE,
  RLIMIT_NOFILE,
  RLIMIT_NPROC,
  RLIMIT_SIGPENDING,
  RLIMIT_STACK,
  type Rlimit,
  RUSAGE_CHILDREN,
  RUSAGE_SELF,
  RUSAGE_THREAD,
  type Rusage,
  type Sysinfo,
} from "../abi/linux-process.ts";
import { NS_PER_SECOND } from "../abi/linux-time.ts";
import { APP_LIMIT, PAGE_SIZE } from "../abi/memory-map.ts";
import { logWarning } from "../kernel/log/log.ts";
import { frameFreeCount, frameTotalCount } from "../kernel/mm/frames.ts";
import { regionSetGrowthLimit } from "../kernel/mm/region-faults.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { monotonicNs } from "../kernel/time/clock.ts";
import { getFsBase, setFsBase } from "../nucleus/calls.ts";
import { isCapable } from "./capabilities.ts";
import { capabilityControl } from "./capability-control.ts";
import { usageFill } from "./cpu-time.ts";
import { FD_LIMIT_HARD, FD_LIMIT_SOFT, fdLimitSet } from "./descriptors.ts";
import { sizeLimitSet } from "./fs/size-limit.ts";
import { PROCESS_ID } from "./identity.ts";
import { STACK_BYTES } from "./layout.ts";
import { peakPages } from "./peak-memory.ts";
import { programModule } from "./program.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { TASK_LIMIT, taskCount } from "./task.ts";
import { taskNameGet, taskNameSet } from "./task-name.ts";

const LAST_SIGNAL = 64n;
const TIMER_SLACK_NS = 50_000n;
const MEMLOCK_BYTES = 0x80_0000n;
/** How many signals may be queued: what Linux allows on a machine of 2 GiB. */
const PENDING_SIGNALS = 7_800n;

const limits: FixedArray<Rlimit, 16> = zeroed();
let noNewPrivileges: bool = false;
let dumpable: u32 = 1;
let parentDeathSignal: i32 = 0;
let saidSegment: bool = false;

export function limitsInit(): void {
  for (let i: u32 = 0; i < RLIM_NLIMITS; i++) {
    limits[i] = { rlim_cur: RLIM_INFINITY, rlim_max: RLIM_INFINITY };
  }
  limits[RLIMIT_STACK].rlim_cur = STACK_BYTES;
  limits[RLIMIT_CORE].rlim_cur = 0n;
  limits[RLIMIT_SIGPENDING] = { rlim_cur: PENDING_SIGNALS, rlim_max: PENDING_SIGNALS };
  limits[RLIMIT_MSGQUEUE] = { rlim_cur: MQ_BYTES_MAX, rlim_max: MQ_BYTES_MAX };
  limits[RLIMIT_MEMLOCK] = { rlim_cur: MEMLOCK_BYTES, rlim_max: MEMLOCK_BYTES };
  limits[RLIMIT_NOFILE] = { rlim_cur: u64(FD_LIMIT_SOFT), rlim_max: u64(FD_LIMIT_HARD) };
  limitsInherit();
}

/** The limits of whoever started the program that mean the same in the guest. The others are about the host's resources. */
function limitsInherit(): void {
  const module = programModule();
  // A packed image that was started without the proxy: nobody runs with no stack at all.
  if (module.stackLimit.hard === 0n) {
    return;
  }
  limitInherit(RLIMIT_FSIZE, module.fileSizeLimit, RLIM_INFINITY);
  limitInherit(RLIMIT_STACK, module.stackLimit, RLIM_INFINITY);
  limitInherit(RLIMIT_NOFILE, module.filesLimit, u64(FD_LIMIT_HARD));
}

function limitInherit(resource: u32, limit: ModuleLimit, most: u64): void {
  if (limit.soft > limit.hard) {
    return;
  }
  limits[resource].rlim_cur = limit.soft < most ? limit.soft : most;
  limits[resource].rlim_max = limit.hard < most ? limit.hard : most;
  limitApply(resource);
}

/** Tells who heeds the limit. */
function limitApply(resource: u32): void {
  const soft = limits[resource].rlim_cur;
  if (resource === RLIMIT_NOFILE) {
    fdLimitSet(soft);
  }
  if (resource === RLIMIT_FSIZE) {
    sizeLimitSet(soft);
  }
  if (resource === RLIMIT_STACK) {
    regionSetGrowthLimit(soft);
  }
}

/** How many tasks there may be (RLIMIT_NPROC), which root need not heed. */
export function threadLimit(): u32 {
  const limit = limits[RLIMIT_NPROC].rlim_cur;
  return isCapable(CAP_SYS_RESOURCE) || limit > u64(TASK_LIMIT) ? TASK_LIMIT : u32(limit);
}

/** How many signals may be queued (RLIMIT_SIGPENDING). */
export function signalLimit(): u64 {
  const limit = limits[RLIMIT_SIGPENDING].rlim_cur;
  return limit < PENDING_SIGNALS ? limit : PENDING_SIGNALS;
}

export function sysGetrlimit(call: SyscallFrame): i64 {
  return limitAccess(u32.wrap(call.a0), 0n, call.a1);
}

/** A limit as it is now. */
export function limitOf(resource: u32): Rlimit {
  return limits[resource];
}

export function sysSetrlimit(call: SyscallFrame): i64 {
  return call.a1 === 0n ? i64(-EFAULT) : limitAccess(u32.wrap(call.a0), call.a1, 0n);
}

export function sysPrlimit64(call: SyscallFrame): i64 {
  const process = i32.wrap(call.a0);
  if (process !== 0 && process !== PROCESS_ID) {
    return i64(-ESRCH);
  }
  return limitAccess(u32.wrap(call.a1), call.a2, call.a3);
}

function limitAccess(resource: u32, newAt: u64, oldAt: u64): i64 {
  if (resource >= RLIM_NLIMITS) {
    return i64(-EINVAL);
  }
  const wanted: Rlimit = zeroed();
  const before: Rlimit = zeroed();
  copy(before, limits[resource]);
  if (newAt !== 0n) {
    // SAFETY: plain integers, here and below.
    if (userRead(castPtr<u8>(wanted), VirtAddr(newAt), u64(sizeOf<Rlimit>())) !== 0n) {
      return i64(-EFAULT);
    }
    if (wanted.rlim_cur > wanted.rlim_max) {
      return i64(-EINVAL);
    }
    if (wanted.rlim_max > before.rlim_max) {
      return i64(-EPERM);
    }
    copy(limits[resource], wanted);
    limitApply(resource);
  }
  return oldAt === 0n ? 0n : userWrite(VirtAddr(oldAt), castPtr<u8>(before), u64(sizeOf<Rlimit>()));
}

export function sysGetrusage(call: SyscallFrame): i64 {
  const who = i32.wrap(call.a0);
  if (who !== RUSAGE_SELF && who !== RUSAGE_THREAD && who !== RUSAGE_CHILDREN) {
    return i64(-EINVAL);
  }
  const usage: Rusage = zeroed();
  if (who !== RUSAGE_CHILDREN) {
    usageFill(usage, who);
    usage.ru_maxrss = i64((peakPages() * PAGE_SIZE) / 1024n);
  }
  return userWrite(VirtAddr(call.a1), castPtr<u8>(usage), u64(sizeOf<Rusage>()));
}

export function sysSysinfo(call: SyscallFrame): i64 {
  const info: Sysinfo = zeroed();
  info.uptime = i64(monotonicNs() / NS_PER_SECOND);
  info.totalram = frameTotalCount() * PAGE_SIZE;
  info.freeram = frameFreeCount() * PAGE_SIZE;
  info.procs = u16(taskCount());
  info.mem_unit = 1;
  return userWrite(VirtAddr(call.a0), castPtr<u8>(info), u64(sizeOf<Sysinfo>()));
}

export function sysArchPrctl(call: SyscallFrame): i64 {
  switch (u32.wrap(call.a0)) {
    case ARCH_SET_FS:
      if (call.a1 >= APP_LIMIT) {
        return i64(-EPERM);
      }
      setFsBase(VirtAddr(call.a1));
      return 0n;
    case ARCH_GET_FS: {
      let base = u64(getFsBase());
      return userWrite(VirtAddr(call.a1), castPtr<u8>(addressOf(base)), 8n);
    }
    case ARCH_GET_GS: {
      // As if never set.
      let base: u64 = 0n;
      return userWrite(VirtAddr(call.a1), castPtr<u8>(addressOf(base)), 8n);
    }
    case ARCH_SET_GS:
      return refuseSegment(call.a1);
    default:
      return i64(-EINVAL);
  }
}

/** The kernel's per-CPU data is reached through GS, and the application shares the register with it (DESIGN D3). */
function refuseSegment(base: u64): i64 {
  if (base === 0n) {
    return 0n;
  }
  if (!saidSegment) {
    saidSegment = true;
    logWarning("the program wants to set the GS base, which belongs to the kernel here: EPERM");
  }
  return i64(-EPERM);
}

/** Whether the third and later arguments are 0, as options demand that may get more one day. */
function isAlone(call: SyscallFrame): bool {
  return call.a2 === 0n && call.a3 === 0n && call.a4 === 0n;
}

/** What is asked for is answered; HERMIT_CORE is the user's wish, not the program's. */
function setDumpable(wanted: u64): i64 {
  if (wanted > 1n) {
    return i64(-EINVAL);
  }
  dumpable = u32(wanted);
  return 0n;
}

/** What Linux does with it when another program starts. */
export function dumpableReset(): void {
  dumpable = 1;
}

/** Kept for PR_GET_PDEATHSIG: the parent is the machine, which nothing outlives. */
function setParentDeathSignal(signal: u64): i64 {
  if (signal > LAST_SIGNAL) {
    return i64(-EINVAL);
  }
  parentDeathSignal = i32(signal);
  return 0n;
}

/** PR_SET_NO_NEW_PRIVS was asked for. */
export function hasNoNewPrivileges(): bool {
  return noNewPrivileges;
}

export function sysPrctl(call: SyscallFrame): i64 {
  switch (u32.wrap(call.a0)) {
    case PR_SET_NAME:
      return taskNameSet(call.a1);
    case PR_GET_NAME:
      return taskNameGet(call.a1);
    case PR_SET_NO_NEW_PRIVS:
      if (call.a1 !== 1n || !isAlone(call)) {
        return i64(-EINVAL);
      }
      noNewPrivileges = true;
      return 0n;
    case PR_GET_NO_NEW_PRIVS:
      return call.a1 !== 0n || !isAlone(call) ? i64(-EINVAL) : noNewPrivileges ? 1n : 0n;
    case PR_GET_TIMERSLACK:
      return i64(TIMER_SLACK_NS);
    case PR_GET_DUMPABLE:
      return i64(dumpable);
    case PR_SET_DUMPABLE:
      return setDumpable(call.a1);
    case PR_SET_PDEATHSIG:
      return setParentDeathSignal(call.a1);
    case PR_GET_PDEATHSIG:
      // SAFETY: four bytes of a static.
      return userWrite(VirtAddr(call.a1), castPtr<u8>(addressOf(parentDeathSignal)), 4n);
    case PR_SET_THP_DISABLE:
      return 0n;
    case PR_GET_THP_DISABLE:
      return 0n;
    default:
      return capabilityControl(call);
  }
}
