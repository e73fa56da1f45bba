/**
 * Filters against the table that they are made from: run here, instruction by instruction, with every number and with arguments from the
 * table and beside it; then set in processes of their own that make every call there is.
 */

import {
  AUDIT_ARCH_X86_64,
  BPF_AND,
  BPF_JUMP_ANY_BIT,
  BPF_JUMP_AT_LEAST,
  BPF_JUMP_EQUAL,
  BPF_LOAD,
  BPF_RETURN,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_TRAP,
  type SeccompData,
} from "../../../abi/linux-confinement.ts";
import { SIGSYS } from "../../../abi/linux-signal.ts";
import {
  SYS_clone,
  SYS_close,
  SYS_exit,
  SYS_exit_group,
  SYS_fork,
  SYS_pause,
  SYS_restart_syscall,
  SYS_rt_sigreturn,
  SYS_wait4,
  SYSCALL_LIMIT,
} from "../../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../../../compiler/std/linux-syscall.ts";
import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { ALLOWED_CALLS, ALLOWED_COUNT } from "../../confinement/allowed-calls.ts";
import {
  type Confinement,
  confineAttendant,
  confineIoThread,
  confineMonitor,
  confineQemuProxy,
  confineReader,
  confineVcpuThread,
  STATUS_FORBIDDEN,
} from "../../confinement/confine.ts";
import { type Filter, type FilterWish, filterBuild } from "../../confinement/filter.ts";
import { type AllowedCall, Caller, GUESTS, MONITOR, Test, When } from "../../confinement/rules.ts";
import { server } from "../ninep/guest.ts";

const PROC_FD = 77;
/** Neither a descriptor nor a process of anybody. */
const NOBODY = 0x3fff_ffffn;
const X32_BIT = 0x4000_0000;

const filter: Filter = zeroed();
const wish: FilterWish = zeroed();
const data: SeccompData = zeroed();

export function confinementFilterTests(): void {
  test("confinement: filters do what the table says", likeTheTable);
  test("confinement: another architecture, and numbers that are none", strangers);
  test("confinement: every row has its reason", reasons);
  test("confinement: a monitor makes the listed calls and no other", callsOfMonitor);
  test("confinement: so do its other threads, and the proxy of QEMU", callsOfOthers);
}

/** What the filter answers; the kernel has checked that it ends. */
function run(): u32 {
  let accumulator: u32 = 0;
  let position: u32 = 0;
  while (position < filter.length) {
    const step = filter.code[position];
    position += 1;
    switch (u32(step.code)) {
      case BPF_LOAD:
        // SAFETY: a word of the struct; filterBuild names offsets in it.
        accumulator = castPtr<u32>(castPtr<u8>(addressOf(data)).add(step.k)).value;
        break;
      case BPF_AND:
        accumulator &= step.k;
        break;
      case BPF_JUMP_EQUAL:
        position += u32(accumulator === step.k ? step.jt : step.jf);
        break;
      case BPF_JUMP_AT_LEAST:
        position += u32(accumulator >= step.k ? step.jt : step.jf);
        break;
      case BPF_JUMP_ANY_BIT:
        position += u32((accumulator & step.k) !== 0 ? step.jt : step.jf);
        break;
      case BPF_RETURN:
        return step.k;
      default:
        panic("an instruction that no filter has");
    }
  }
  panic("a filter without an end");
}

function isAllowed(): bool {
  for (let i: u32 = 0; i < ALLOWED_COUNT; i += 1) {
    if (fits(ALLOWED_CALLS[i])) return true;
  }
  return false;
}

function fits(row: AllowedCall): bool {
  if (i32(row.call) !== data.nr || (row.callers & wish.callers) === 0) return false;
  if (row.when === When.Exports && !wish.hasExports) return false;
  if (row.when === When.Core && !wish.hasCore) return false;
  const value = u32.wrap(data.args[row.argument]);
  switch (row.test) {
    case Test.Any:
      return true;
    case Test.Equal:
      return value === row.value;
    case Test.Has:
      return (value & row.value) === row.value;
    case Test.Lacks:
      return (value & row.value) === 0;
    case Test.ProcFd:
      return value === PROC_FD;
  }
}

function setWish(callers: u32, hasExports: bool, hasCore: bool): void {
  wish.callers = callers;
  wish.hasExports = hasExports;
  wish.hasCore = hasCore;
  wish.procFd = PROC_FD;
  filterBuild(filter, wish);
}

function check(call: u32): void {
  data.nr = i32(call);
  const wanted: u32 = isAllowed() ? SECCOMP_RET_ALLOW : SECCOMP_RET_TRAP;
  if (run() !== wanted) expect(false, `call ${call} is answered as the table says`);
}

function likeTheTable(): void {
  data.arch = AUDIT_ARCH_X86_64;
  for (let callers: u32 = 1; callers < 32; callers += 1) {
    for (let mode: u32 = 0; mode < 4; mode += 1) {
      setWish(callers, (mode & 1) !== 0, (mode & 2) !== 0);
      zero(data.args);
      for (let call: u32 = 0; call < 1000; call += 1) check(call);
      for (let i: u32 = 0; i < ALLOWED_COUNT; i += 1) checkRow(ALLOWED_CALLS[i]);
    }
  }
}

function checkRow(row: AllowedCall): void {
  zero(data.args);
  for (let change: u32 = 0; change < 34; change += 1) {
    const bit: u32 = change < 32 ? 1 << change : 0;
    const value = change === 33 ? PROC_FD : row.value ^ bit;
    data.args[row.argument] = u64(value) | (u64(change & 1) << 40n);
    check(row.call);
  }
}

function strangers(): void {
  setWish(MONITOR, true, true);
  zero(data.args);
  data.arch = 0x4000_0003;
  for (let call: u32 = 0; call < 400; call += 1) {
    data.nr = i32(call);
    expect(run() === SECCOMP_RET_KILL_PROCESS, "32-bit calls end the process");
  }
  data.arch = AUDIT_ARCH_X86_64;
  for (let call: u32 = 0; call < 600; call += 1) {
    data.nr = i32(call + X32_BIT);
    expect(run() === SECCOMP_RET_TRAP, "x32 calls are not allowed");
  }
  data.nr = -1;
  expect(run() === SECCOMP_RET_TRAP, "-1 is no call");
}

function reasons(): void {
  for (let i: u32 = 0; i < ALLOWED_COUNT; i += 1) {
    const row = ALLOWED_CALLS[i];
    expect(row.reason.length > 5 && row.callers !== 0 && row.argument < 6, "a row says who and why");
  }
}

/** The exit status of a process that is confined as `callers` and makes the call. */
function statusOf(callers: u32, call: u32, args: FixedArray<u64, 6>): i32 {
  const pid = linuxCall(SYS_fork);
  if (pid === 0n) {
    void linuxCall(SYS_close, 2n);
    confineAs(callers);
    void linuxCall(call, args[0], args[1], args[2], args[3], args[4], args[5]);
    for (;;) void linuxCall(SYS_exit_group, 0n);
  }
  let status: i32 = 0;
  void linuxCall(SYS_wait4, u64(pid), callPointer(addressOf(status)), 0n, 0n);
  // The sanitizers' own work in the handler may end the process by the signal itself.
  return (status & 0x7f) === SIGSYS ? STATUS_FORBIDDEN : status >> 8;
}

function confineAs(callers: u32): void {
  const confinement: Confinement = { server: addressOf(server), coreFolder: -1, hasCore: false };
  let result: i64 = 0n;
  if (callers === Caller.Qemu) result = confineQemuProxy(confinement);
  else if (callers === Caller.Reader) result = confineReader();
  else result = confineMonitor(confinement);
  if (callers === Caller.Vcpu && result === 0n) result = confineVcpuThread();
  if (callers === Caller.Io && result === 0n) result = confineIoThread();
  if (callers === Caller.Attendant && result === 0n) result = confineAttendant();
  if (result < 0n) for (;;) void linuxCall(SYS_exit_group, 99n);
}

/** Calls that do not come back to say how it went. */
function comesBack(call: u32): bool {
  return (
    call !== SYS_pause &&
    call !== SYS_clone &&
    call !== SYS_rt_sigreturn &&
    call !== SYS_exit &&
    call !== SYS_exit_group &&
    call !== SYS_restart_syscall
  );
}

function tryAll(callers: u32, tableCallers: u32): void {
  const args: FixedArray<u64, 6> = zeroed();
  wish.callers = tableCallers;
  // The server of the tests has served before: its host is there.
  wish.hasExports = server.hasHost;
  wish.hasCore = false;
  let forbidden: u32 = 0;
  for (let call: u32 = 0; call < SYSCALL_LIMIT; call += 1) {
    if (isListed(call) || isExempt(call)) continue;
    // Of the narrower filters only what sets them apart is tried here; likeTheTable has looked at all.
    if (callers !== Caller.First && !isInTable(call)) continue;
    zero(args);
    const status = statusOf(callers, call, args);
    if (status === STATUS_FORBIDDEN) forbidden += 1;
    else expect(false, `call ${call} is not made (${status})`);
  }
  expect(forbidden > (callers === Caller.First ? 350 : 2), "most calls are forbidden");
  for (let i: u32 = 0; i < ALLOWED_COUNT; i += 1) {
    const row = ALLOWED_CALLS[i];
    zero(args);
    args[0] = NOBODY;
    if (row.test === Test.Equal || row.test === Test.Has) args[row.argument] = u64(row.value);
    if (row.test === Test.ProcFd) args[0] = u64.wrap(server.session.host.procFd);
    const isMine = (row.callers & tableCallers) !== 0 && (row.when !== When.Exports || wish.hasExports);
    if (!isMine || row.when === When.Core || !comesBack(row.call)) continue;
    const status = statusOf(callers, row.call, args);
    if (status !== 0) expect(false, `call ${row.call} is made (${status})`);
  }
}

/** uretprobe and uprobe, which Linux takes out of every filter: they serve its own trampolines and nobody else. */
function isExempt(call: u32): bool {
  return call === 335 || call === 336;
}

function isInTable(call: u32): bool {
  for (let i: u32 = 0; i < ALLOWED_COUNT; i += 1) {
    if (ALLOWED_CALLS[i].call === call) return true;
  }
  return false;
}

function isListed(call: u32): bool {
  for (let i: u32 = 0; i < ALLOWED_COUNT; i += 1) {
    const row = ALLOWED_CALLS[i];
    const isMine = (row.callers & wish.callers) !== 0 && row.when !== When.Core;
    if (row.call === call && isMine && (row.when !== When.Exports || wish.hasExports)) return true;
  }
  return false;
}

function callsOfMonitor(): void {
  expect(server.hasHost, "the tests of the file server come first");
  tryAll(Caller.First, MONITOR);
  // A call that is listed with other arguments.
  const args: FixedArray<u64, 6> = zeroed();
  args[1] = 0x5412n;
  expectEqual(i64(statusOf(Caller.First, 16, args)), i64(STATUS_FORBIDDEN));
}

function callsOfOthers(): void {
  tryAll(Caller.Io, Caller.Io);
  tryAll(Caller.Vcpu, Caller.Vcpu);
  tryAll(Caller.Attendant, Caller.Attendant);
  tryAll(Caller.Reader, Caller.Reader);
  tryAll(Caller.Qemu, Caller.Qemu);
  expect((GUESTS & Caller.Io) === 0, "the thread for input and output runs no guest");
}
