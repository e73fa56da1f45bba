/**
 * New threads: clone(2) and clone3(2), which must ask for a thread of this process; the calls for another process answer ENOSYS.
 *
 * The child goes on behind the parent's system call with all of the parent's registers, 0 as the answer, and its own stack and thread
 * pointer: C libraries keep the child's function in registers or on that stack. So all registers are needed, and only a call that trapped
 * has stored them (linux/entry.ts): sites of these calls are not made jumps, and one that is a jump because it makes any call (syscall(2))
 * is sent through the trap, which is still there behind the jump.
 *
 *     task      on the heap, in the table from before the child runs until it ends
 *     start     the child's registers; on the heap until the child has copied them to its own stack
 */

import { E2BIG, EAGAIN, EFAULT, EINVAL, ENOMEM, ENOSYS, EPERM, ERESTARTNOINTR } from "../abi/errno.ts";
import {
  CLONE_ARGS_SIZE_VER0,
  CLONE_CHILD_CLEARTID,
  CLONE_CHILD_SETTID,
  CLONE_CLEAR_SIGHAND,
  CLONE_DETACHED,
  CLONE_FILES,
  CLONE_FS,
  CLONE_INTO_CGROUP,
  CLONE_IO,
  CLONE_NEWIPC,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_PARENT,
  CLONE_PARENT_SETTID,
  CLONE_PIDFD,
  CLONE_SETTLS,
  CLONE_SIGHAND,
  CLONE_SYSVSEM,
  CLONE_THREAD,
  CLONE_UNTRACED,
  CLONE_VM,
  type CloneArgs,
  CSIGNAL,
} from "../abi/linux-process.ts";
import { NSIG } from "../abi/linux-signal.ts";
import { APP_LIMIT, PAGE_SIZE } from "../abi/memory-map.ts";
import { channelSay } from "../drivers/channel/channel.ts";
import { heapAllocZeroed, heapFree } from "../kernel/mm/heap.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { fpuSave } from "../kernel/sched/fpu.ts";
import { currentThread, schedulerReady } from "../kernel/sched/scheduler.ts";
import { enterApplication, threadDiscard, threadMake } from "../kernel/sched/thread.ts";
import type { Thread } from "../kernel/sched/thread-type.ts";
import { getFsBase } from "../nucleus/calls.ts";
import type { TrapFrame } from "../nucleus/trap-frame.ts";
import { isThunk } from "./call-sites.ts";
import { capabilitiesInherit } from "./capabilities.ts";
import { undoEnd, undoInherit } from "./ipc-undo.ts";
import { threadLimit } from "./process.ts";
import { programName } from "./program.ts";
import { scheduleInherit } from "./schedule.ts";
import { signalsInherit } from "./signal-state.ts";
import { frameOfCall, type KeptRegisters, type SyscallFrame } from "./syscall-frame.ts";
import { currentTask, type Task, taskAdd } from "./task.ts";
import { affinityBegin } from "./written-code.ts";

/** What a thread of this process has in common with its maker; all of it must be asked for. */
const THREAD_FLAGS = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
/** What may be asked for besides. */
const OTHER_FLAGS =
  CLONE_SYSVSEM |
  CLONE_SETTLS |
  CLONE_PARENT_SETTID |
  CLONE_CHILD_SETTID |
  CLONE_CHILD_CLEARTID |
  CLONE_DETACHED |
  CLONE_UNTRACED |
  CLONE_IO;
/** KeptRegisters lie right below the frame of a call that trapped. */
const KEPT_BYTES = 48n;
const PID_NAMESPACES_MOST = 32n;

const saidProcess: Atomic<u32> = zeroed();

/** fork, vfork, and clone for anything but a thread: there is one process. Few programs say why they go wrong then, so the user hears it here. */
export function sysNoProcess(_call: SyscallFrame): i64 {
  if (saidProcess.exchange(1) === 0) {
    channelSay(
      2,
      `hermit: ${programName()} wants to start another process (fork), but there is one in a guest: ENOSYS\n`,
    );
  }
  return i64(-ENOSYS);
}

/** What clone and clone3 both come down to. */
class CloneRequest {
  flags!: u64;
  exitSignal!: u64;
  stackTop!: u64;
  tls!: u64;
  parentTidAt!: u64;
  childTidAt!: u64;
}

/** The child's registers and what it does first. */
class CloneStart {
  frame!: TrapFrame;
  childTidAt!: u64;
}

/** clone(flags, stack, parent_tid, child_tid, tls) */
export function sysClone(call: SyscallFrame): i64 {
  const flags = call.a0 & 0xffff_ffffn;
  const request: CloneRequest = {
    flags: flags & ~u64(CSIGNAL),
    exitSignal: flags & u64(CSIGNAL),
    stackTop: call.a1,
    tls: call.a4,
    parentTidAt: call.a2,
    childTidAt: call.a3,
  };
  // Both would be stored at the same place.
  if ((flags & u64(CLONE_PIDFD)) !== 0n && (flags & u64(CLONE_PARENT_SETTID)) !== 0n) {
    return i64(-EINVAL);
  }
  return clone(call, request);
}

/** clone3(arguments, size): what is behind the part that this kernel knows must be zero. */
export function sysClone3(call: SyscallFrame): i64 {
  const args: CloneArgs = zeroed();
  const read = readArguments(args, call.a0, call.a1);
  if (read !== 0n) {
    return read;
  }
  if (!areArgumentsValid(args)) {
    return i64(-EINVAL);
  }
  if (args.set_tid !== 0n) {
    // For those who restore processes, with a privilege that nobody has here.
    return i64(-EPERM);
  }
  const request: CloneRequest = {
    flags: args.flags,
    exitSignal: args.exit_signal,
    stackTop: args.stack + args.stack_size,
    tls: args.tls,
    parentTidAt: args.parent_tid,
    childTidAt: args.child_tid,
  };
  return clone(call, request);
}

/** What Linux checks of clone_args before anything else (kernel/fork.c, copy_clone_args_from_user, clone3_args_valid). */
function areArgumentsValid(args: CloneArgs): bool {
  const flags = args.flags;
  const isSignal = args.exit_signal <= u64(NSIG);
  const hasNoParent = (flags & u64(CLONE_THREAD | CLONE_PARENT)) !== 0n;
  const hasStack = args.stack !== 0n;
  return (
    (args.set_tid !== 0n) === (args.set_tid_size !== 0n) &&
    args.set_tid_size <= PID_NAMESPACES_MOST &&
    isSignal &&
    !(hasNoParent && args.exit_signal !== 0n) &&
    flags < CLONE_INTO_CGROUP << 1n &&
    (flags & u64(CLONE_DETACHED | (CSIGNAL & ~CLONE_NEWTIME))) === 0n &&
    !((flags & CLONE_CLEAR_SIGHAND) !== 0n && (flags & u64(CLONE_SIGHAND)) !== 0n) &&
    hasStack === (args.stack_size !== 0n) &&
    args.stack < APP_LIMIT &&
    args.stack_size <= APP_LIMIT - args.stack
  );
}

function readArguments(args: CloneArgs, address: u64, bytes: u64): i64 {
  const known = u64(sizeOf<CloneArgs>());
  if (bytes > PAGE_SIZE) {
    return i64(-E2BIG);
  }
  if (bytes < CLONE_ARGS_SIZE_VER0) {
    return i64(-EINVAL);
  }
  // SAFETY: plain integers.
  if (userRead(castPtr<u8>(args), VirtAddr(address), bytes < known ? bytes : known) !== 0n) {
    return i64(-EFAULT);
  }
  for (let offset: u64 = known; offset < bytes; offset++) {
    let byte: u8 = 0;
    if (userRead(addressOf(byte), VirtAddr(address + offset), 1n) !== 0n) {
      return i64(-EFAULT);
    }
    if (byte !== 0) {
      return i64(-E2BIG);
    }
  }
  return 0n;
}

/** Combinations that Linux refuses (kernel/fork.c, copy_process). */
function isSenseless(flags: u64): bool {
  return (
    hasBoth(flags, CLONE_NEWNS, CLONE_FS) ||
    hasBoth(flags, CLONE_NEWUSER, CLONE_FS) ||
    hasBoth(flags, CLONE_NEWIPC, CLONE_SYSVSEM) ||
    hasBoth(flags, CLONE_PIDFD, CLONE_THREAD) ||
    hasBoth(flags, CLONE_PIDFD, CLONE_DETACHED) ||
    hasBoth(flags, CLONE_NEWUSER, CLONE_THREAD) ||
    hasBoth(flags, CLONE_NEWPID, CLONE_THREAD) ||
    hasWithout(flags, CLONE_THREAD, CLONE_SIGHAND) ||
    hasWithout(flags, CLONE_SIGHAND, CLONE_VM)
  );
}

function hasBoth(flags: u64, first: u32, second: u32): bool {
  return (flags & u64(first)) !== 0n && (flags & u64(second)) !== 0n;
}

function hasWithout(flags: u64, flag: u32, needed: u32): bool {
  return (flags & u64(flag)) !== 0n && (flags & u64(needed)) === 0n;
}

function clone(call: SyscallFrame, request: CloneRequest): i64 {
  const flags = request.flags;
  if (isSenseless(flags)) {
    return i64(-EINVAL);
  }
  if ((flags & u64(THREAD_FLAGS)) !== u64(THREAD_FLAGS) || (flags & ~u64(THREAD_FLAGS | OTHER_FLAGS)) !== 0n) {
    return sysNoProcess(call);
  }
  if (isThunk(call.rip)) {
    currentThread().work.store(1);
    return i64(-ERESTARTNOINTR);
  }
  if ((flags & u64(CLONE_SETTLS)) !== 0n && request.tls >= APP_LIMIT) {
    return i64(-EPERM);
  }
  return startThread(call, request);
}

function startThread(call: SyscallFrame, request: CloneRequest): i64 {
  const taskMemory = heapAllocZeroed(u64(sizeOf<Task>()));
  const startMemory = heapAllocZeroed(u64(sizeOf<CloneStart>()));
  let thread: Thread | null = null;
  if (taskMemory !== null && startMemory !== null) {
    thread = threadMake(childMain, u64(virtAddr(startMemory)), "");
  }
  if (taskMemory === null || startMemory === null || thread === null) {
    freeIfAny(taskMemory);
    freeIfAny(startMemory);
    return i64(-ENOMEM);
  }
  // SAFETY: fresh zeroed memory of these sizes.
  const task = castPtr<Task>(taskMemory);
  const start = castPtr<CloneStart>(startMemory);
  fillStart(start, call, request);
  fillThread(thread, request);
  fillTask(task, thread, request);
  const sharesUndo = undoInherit(task, currentTask(), request.flags);
  if (!sharesUndo || !taskAdd(task, threadLimit())) {
    undoEnd(task);
    threadDiscard(thread);
    heapFree(taskMemory);
    heapFree(startMemory);
    return sharesUndo ? i64(-EAGAIN) : i64(-ENOMEM);
  }
  let tid: i32 = task.tid;
  if ((request.flags & u64(CLONE_PARENT_SETTID)) !== 0n) {
    // SAFETY: four bytes of a local. Linux ignores the error, too.
    void userWrite(VirtAddr(request.parentTidAt), castPtr<u8>(addressOf(tid)), 4n);
  }
  // From here on the child may run, and end: neither it nor its task may be touched any more.
  schedulerReady(thread);
  return i64(tid);
}

function freeIfAny(memory: Ptr<u8> | null): void {
  if (memory !== null) {
    heapFree(memory);
  }
}

/** The parent's registers behind its call, with the child's answer and stack. */
function fillStart(start: Ptr<CloneStart>, call: SyscallFrame, request: CloneRequest): void {
  // SAFETY: the call trapped, so linuxSyscallTrap has put them there.
  const kept = pointerAt<KeptRegisters>(virtAddr(call) - KEPT_BYTES);
  const frame = start.frame;
  frameOfCall(frame, call, kept, call.rip);
  if (request.stackTop !== 0n) {
    frame.rsp = VirtAddr(request.stackTop);
  }
  start.childTidAt = (request.flags & u64(CLONE_CHILD_SETTID)) !== 0n ? request.childTidAt : 0n;
}

/** The child's thread goes on as one that has run in the application: with the parent's FPU state. */
function fillThread(thread: Thread, request: CloneRequest): void {
  const hasTls = (request.flags & u64(CLONE_SETTLS)) !== 0n;
  thread.fsBase = hasTls ? VirtAddr(request.tls) : getFsBase();
  fpuSave(thread.fpuState!);
  thread.affinity = currentThread().affinity;
  thread.ranApplication = true;
}

function fillTask(task: Ptr<Task>, thread: Thread, request: CloneRequest): void {
  const parent = currentTask();
  task.thread = addressOf(thread);
  thread.owner = virtAddr(task);
  task.clearTidAt = (request.flags & u64(CLONE_CHILD_CLEARTID)) !== 0n ? request.childTidAt : 0n;
  copy(task.name, parent.name);
  scheduleInherit(task, parent);
  capabilitiesInherit(task, parent);
  task.affinity = parent.affinity;
  task.ioPriority = parent.ioPriority;
  task.personality = parent.personality;
  signalsInherit(task);
}

/** The child's first function; its kernel stack is empty when it enters the application. */
function childMain(argument: u64): void {
  // SAFETY: startThread passed it.
  const start = pointerAt<CloneStart>(argument);
  const frame: TrapFrame = zeroed();
  copy(frame, start.frame);
  const childTidAt = start.childTidAt;
  heapFree(castPtr<u8>(start));
  if (childTidAt !== 0n) {
    let tid: i32 = currentTask().tid;
    // SAFETY: four bytes of a local. As on Linux an address that is none is the child's business.
    void userWrite(VirtAddr(childTidAt), castPtr<u8>(addressOf(tid)), 4n);
  }
  affinityBegin();
  enterApplication(addressOf(frame));
}

export function sysGettid(_call: SyscallFrame): i64 {
  return i64(currentTask().tid);
}

/** set_tid_address(2) */
export function sysSetTidAddress(call: SyscallFrame): i64 {
  const task = currentTask();
  task.clearTidAt = call.a0;
  return i64(task.tid);
}

staticAssert(sizeOf<KeptRegisters>() === 48, "where KeptRegisters begin");
