/**
 * The process gives up what it does not need, before the guest's first instruction: new privileges, capabilities, files outside of the
 * exports (landlock.ts), system calls that are not in the table (filter.ts, allowed-calls.ts).
 *
 * So a guest that finds a fault in the monitor has won a process that can do little more than serve it. The first thread sets what holds
 * for all, including those that it starts; each other thread then takes a narrower filter for itself.
 *
 * A host that lacks Landlock runs the guest nevertheless, and --verbose says so; a filter that cannot be set is an error. There is no switch
 * that leaves out any of it.
 *
 * A call that is not allowed raises SIGSYS instead of being made. The handler says which it was and ends the process with 159, as the signal
 * itself would; where the signal is blocked, in another handler, the kernel ends the process itself.
 */

import {
  CAPABILITY_VERSION_3,
  CapabilityData,
  type CapabilityHeader,
  SECCOMP_SET_MODE_FILTER,
  SIGINFO_SYSCALL_AT,
  type SockFprog,
} from "../../abi/linux-confinement.ts";
import { PR_SET_NO_NEW_PRIVS } from "../../abi/linux-process.ts";
import { KernelSigaction, SIGSET_BYTES, SIGSYS } from "../../abi/linux-signal.ts";
import { SYS_capset, SYS_exit_group, SYS_prctl, SYS_rt_sigaction, SYS_seccomp } from "../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";
import { errorText } from "../message.ts";
import type { NinepServer } from "../ninep/server.ts";
import { Filter, type FilterWish, filterBuild } from "./filter.ts";
import {
  type Landlock,
  landlockAllowExport,
  landlockAllowRemoval,
  landlockBegin,
  landlockEnd,
  landlockEnforce,
} from "./landlock.ts";
import { Caller, MONITOR } from "./rules.ts";

const SA_SIGINFO = 4n;
/** On x86-64 the kernel wants to know the code behind a handler, also of one that never returns. */
const SA_RESTORER = 0x0400_0000n;
/** 128 + SIGSYS. */
export const STATUS_FORBIDDEN: i32 = 159;

/** What the process keeps. */
export class Confinement {
  /** The exports stay reachable. */
  server!: Ptr<NinepServer>;
  /** The directory of a core file that may have to be removed again, or -1. */
  coreFolder!: i32;
  hasCore!: bool;
}

/** Why there is no Landlock, as a negative errno; 0: there is. */
let landlockError: i64 = 0n;
const landlock: Landlock = zeroed();
/** What the process keeps, for the filters of threads; made when they start, because most programs start none. */
const kept: FilterWish = zeroed();
const filterOfAll: Filter = zeroed();

/** Confines a monitor, by its first thread: 0, or the negative errno of what a confinement cannot do without. */
export function confineMonitor(confinement: Confinement): i64 {
  const server = confinement.server;
  kept.callers = MONITOR;
  kept.hasExports = server.hasHost;
  kept.hasCore = confinement.hasCore;
  kept.procFd = server.session.host.procFd;
  filterBuild(filterOfAll, kept);
  return confine(confinement, false);
}

/** The same of a proxy whose guest runs in QEMU. */
export function confineQemuProxy(confinement: Confinement): i64 {
  const wish: FilterWish = { callers: Caller.Qemu, hasExports: false, hasCore: confinement.hasCore, procFd: -1 };
  filterBuild(filterOfAll, wish);
  return confine(confinement, true);
}

/** Narrows a thread that runs another vCPU than the first: 0 or a negative errno. */
export function confineVcpuThread(): i64 {
  return narrow(Caller.Vcpu);
}

/** Narrows the thread for input and output. */
export function confineIoThread(): i64 {
  return narrow(Caller.Io);
}

/** Narrows the thread that watches the queue for files. */
export function confineAttendant(): i64 {
  return narrow(Caller.Attendant);
}

/** Narrows the thread that reads the program's code, which begins before anything else is confined: 0 or a negative errno. */
export function confineReader(): i64 {
  const result = linuxCall(SYS_prctl, u64(PR_SET_NO_NEW_PRIVS), 1n, 0n, 0n, 0n);
  const dropped = result < 0n ? result : dropCapabilities();
  if (dropped < 0n) return dropped;
  const filter = new Filter();
  const wish: FilterWish = { callers: Caller.Reader, hasExports: false, hasCore: false, procFd: -1 };
  filterBuild(filter, wish);
  return setFilter(filter);
}

/** The filter lies on the thread's own stack: several threads may start at once, and the kernel keeps a copy. */
function narrow(caller: Caller): i64 {
  const filter = new Filter();
  const wish: FilterWish = {
    callers: caller,
    hasExports: kept.hasExports,
    hasCore: kept.hasCore,
    procFd: kept.procFd,
  };
  filterBuild(filter, wish);
  return setFilter(filter);
}

/** A thread that could not be narrowed ends the process: it has the filter of all, but not the promised one. */
export function endUnlessConfined(result: i64): void {
  if (result >= 0n) return;
  errorText(`a thread of the monitor could not be confined (error ${-result})`);
  for (;;) void linuxCall(SYS_exit_group, 1n);
}

/** The negative errno with which Landlock was refused, or 0. */
export function confinementLandlockError(): i64 {
  return landlockError;
}

function confine(confinement: Confinement, mayKill: bool): i64 {
  const result = linuxCall(SYS_prctl, u64(PR_SET_NO_NEW_PRIVS), 1n, 0n, 0n, 0n);
  if (result < 0n) return result;
  landlockError = restrictFiles(confinement, mayKill);
  landlockEnd(landlock);
  const dropped = dropCapabilities();
  if (dropped < 0n) return dropped;
  handleForbiddenCalls();
  return setFilter(filterOfAll);
}

function restrictFiles(confinement: Confinement, mayKill: bool): i64 {
  const begun = landlockBegin(landlock, mayKill);
  if (begun < 0n) return begun;
  const session = confinement.server.session;
  for (let i: u32 = 0; i < session.exportCount && !mayKill; i += 1) {
    const entry = session.exports[i];
    const allowed = landlockAllowExport(landlock, entry.fd, entry.type, entry.isReadOnly);
    if (allowed < 0n) return allowed;
  }
  if (confinement.coreFolder >= 0) {
    const allowed = landlockAllowRemoval(landlock, confinement.coreFolder);
    if (allowed < 0n) return allowed;
  }
  return landlockEnforce(landlock);
}

/** Of this thread, and of those that it starts. */
function dropCapabilities(): i64 {
  const header: CapabilityHeader = { version: CAPABILITY_VERSION_3, pid: 0 };
  const none = new CapabilityData();
  return linuxCall(SYS_capset, callPointer(header), callPointer(none));
}

function setFilter(filter: Filter): i64 {
  const program: SockFprog = { len: u16(filter.length), filter: u64(virtAddr(elements(filter.code))) };
  return linuxCall(SYS_seccomp, u64(SECCOMP_SET_MODE_FILTER), 0n, callPointer(program));
}

function handleForbiddenCalls(): void {
  const action = new KernelSigaction();
  action.handler = u64(functionAddress(onForbiddenCall));
  action.flags = SA_RESTORER | SA_SIGINFO;
  action.restorer = u64(functionAddress(endForbidden));
  action.mask = u64.MAX;
  void linuxCall(SYS_rt_sigaction, u64(SIGSYS), callPointer(action), 0n, SIGSET_BYTES);
}

function onForbiddenCall(_signal: i32, info: Ptr<u8>): void {
  // SAFETY: the kernel's siginfo of SIGSYS.
  const call = castPtr<i32>(info.add(SIGINFO_SYSCALL_AT)).value;
  errorText(`the monitor was about to make system call ${call}, which its confinement forbids, and was ended`);
  endForbidden();
}

function endForbidden(): never {
  for (;;) void linuxCall(SYS_exit_group, u64.wrap(STATUS_FORBIDDEN));
}
