/**
 * Delivery: what a task does with its signals before it goes on in the application (kernel/sched/resume.ts), and how an interrupted system
 * call goes on or starts again.
 *
 * Whatever the way into the kernel was, the application's registers are in one TrapFrame here. For a system call its vector is
 * SYSCALL_VECTOR, `error` the number of the call and rax the answer; RIP is behind the `syscall` instruction, also if the call came through
 * a thunk, because the instruction is still there (linux/core/call-site.ts): going back two bytes starts the call again.
 */

import { EINTR, ERESTART_RESTARTBLOCK, ERESTARTNOHAND, ERESTARTNOINTR, ERESTARTSYS } from "../abi/errno.ts";
import {
  type KernelSigaction,
  SA_NODEFER,
  SA_RESETHAND,
  SA_RESTART,
  SI_KERNEL,
  SIG_DFL,
  SIG_IGN,
  SIGSEGV,
  type Siginfo,
} from "../abi/linux-signal.ts";
import { SYS_restart_syscall } from "../abi/linux-syscalls.ts";
import { userRead } from "../kernel/mm/user-access.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import { kernelBeforeApplication, trapSetWorkSink } from "../kernel/trap.ts";
import { irqSave } from "../nucleus/irq-mask.ts";
import { INTERRUPT_UPCALL, kernelStackTop } from "../nucleus/percpu.ts";
import type { TrapFrame } from "../nucleus/trap-frame.ts";
import { bitOf, signalAdd } from "./core/signal-queue.ts";
import { signalName } from "./core/trace-names.ts";
import { killProgram } from "./process-end.ts";
import { rseqInterrupted } from "./rseq.ts";
import { signalFramePush } from "./signal-frame.ts";
import { killBySignal, signalsBlock } from "./signal-send.ts";
import { actions, isHarmless, signalLock, signalNodeMake, signalTake, type TaskSignals } from "./signal-state.ts";
import { signalTrace } from "./signal-trace.ts";
import { frameOfCall, type KeptRegisters, type SyscallFrame } from "./syscall-frame.ts";
import { currentTask, taskMustEnd } from "./task.ts";
import { taskEnd } from "./task-end.ts";

/** In TrapFrame.vector: a system call that is about to return. */
export const SYSCALL_VECTOR = 512;
const SYSCALL_INSTRUCTION_BYTES = 2n;
const SYNCHRONOUS_NODES = u64.MAX;

export function signalDeliverInit(): void {
  trapSetWorkSink(signalWork);
}

/**
 * The slow way back from a system call (linux/entry.ts): something is to be done first.
 * @export linuxReturn
 */
export function linuxReturn(call: SyscallFrame, kept: KeptRegisters, result: i64, isThunk: u32): never {
  const frame: TrapFrame = zeroed();
  frameOfCall(frame, call, kept, isThunk === 0 ? call.rip : behindThunk(call.rip));
  frame.rax = u64.wrap(result);
  frame.vector = u64(SYSCALL_VECTOR);
  frame.error = u64(u32.wrap(call.number));
  void irqSave();
  kernelBeforeApplication(addressOf(frame));
}

/** mov %r11,%rsp; jmp rel32: how every thunk ends (linux/core/call-site.ts). */
const THUNK_END_BYTES = 8n;
const MOVE_BYTES = 3n;
/** mov %gs:kernelStackTop,%rsp */
const SWITCH_BYTES = 9n;

/** Where the thunk whose call returns to `rip` jumps to: behind the site's `syscall` instruction. */
function behindThunk(rip: VirtAddr): VirtAddr {
  const code: Bytes<8> = zeroed();
  const isRead = userRead(elements(code), rip, THUNK_END_BYTES) === 0n;
  assert(isRead && code[0] === 0x4c && code[1] === 0x89 && code[2] === 0xdc && code[3] === 0xe9, "a thunk's end");
  // SAFETY: four bytes of the local behind the opcode; x86 reads them at any address.
  const distance = castPtr<i32>(elements(code).add(4)).value;
  return VirtAddr(u64(rip) + THUNK_END_BYTES + u64.wrap(i64(distance)));
}

/** Interrupted in a thunk while RSP was the kernel's: the application's is in r11. Goes to the next or the last place where RSP has it. */
function leaveThunk(frame: Ptr<TrapFrame>): void {
  if (frame.rsp !== kernelStackTop) {
    return;
  }
  let first: u8 = 0;
  if (userRead(addressOf(first), frame.rip, 1n) !== 0n) {
    return;
  }
  if (first === 0x4c) {
    frame.rip += MOVE_BYTES;
  } else if (first === 0xff) {
    frame.rip -= SWITCH_BYTES;
  } else {
    return;
  }
  frame.rsp = VirtAddr(frame.r11);
}

/** Delivers everything that is pending and not blocked; handlers nest, the last one runs first. */
export function signalWork(frame: Ptr<TrapFrame>): void {
  const task = currentTask();
  // Before the look: what comes from here on sets it again.
  void task.thread!.work.exchange(0);
  if (taskMustEnd(task)) {
    taskEnd(0);
  }
  leaveThunk(frame);
  const info: Siginfo = zeroed();
  while (signalTake(~task.signals.blocked, info) !== 0) {
    deliver(frame, task.signals, info);
  }
  finishCall(frame);
  if (task.signals.hasSavedMask) {
    task.signals.hasSavedMask = false;
    signalsBlock(task.signals.savedMask);
  }
}

function deliver(frame: Ptr<TrapFrame>, state: TaskSignals, info: Siginfo): void {
  const signal = u32(info.si_signo);
  const action: KernelSigaction = zeroed();
  {
    using _guard = lockAcquire(signalLock);
    copy(action, actions[signal]);
    if (action.handler !== SIG_IGN && (action.flags & SA_RESETHAND) !== 0n) {
      actions[signal].handler = SIG_DFL;
    }
  }
  if (action.handler === SIG_IGN || (action.handler === SIG_DFL && isHarmless(signal))) {
    return;
  }
  if (action.handler === SIG_DFL) {
    killBySignal(info);
  }
  signalTrace(info);
  interruptCall(frame, (action.flags & SA_RESTART) !== 0n);
  const mask = state.hasSavedMask ? state.savedMask : state.blocked;
  rseqInterrupted(frame);
  if (!signalFramePush(frame, state, action, info, mask)) {
    noStack(signal);
    return;
  }
  state.hasSavedMask = false;
  const own = (action.flags & SA_NODEFER) !== 0n ? 0n : bitOf(signal);
  signalsBlock(state.blocked | action.mask | own);
}

/** The handler's frame could not be written: as if the program had touched that memory. */
function noStack(signal: u32): void {
  const why = `there is no stack for the handler of ${signalName(u64(signal))}`;
  if (signal === SIGSEGV) {
    killProgram(SIGSEGV, why);
  }
  signalForce(SIGSEGV, SI_KERNEL, 0n, why);
}

/**
 * A signal that the current task must take before it goes on, because its instruction cannot: one that is blocked, ignored or has no
 * handler ends the program, and `why` says what happened.
 */
export function signalForce(signal: u32, code: i32, address: u64, why: string): void {
  const task = currentTask();
  const info: Siginfo = zeroed();
  info.si_signo = i32(signal);
  info.si_code = code;
  info.first = address;
  const node = signalNodeMake(SYNCHRONOUS_NODES);
  let isHandled: bool = false;
  {
    using _guard = lockAcquire(signalLock);
    const handler = actions[signal].handler;
    isHandled = handler !== SIG_DFL && handler !== SIG_IGN && (task.signals.blocked & bitOf(signal)) === 0n;
    if (isHandled) {
      if (node !== null) {
        copy(node.info, info);
      }
      signalAdd(task.signals.pending, signal, node);
    }
  }
  if (!isHandled) {
    signalTrace(info);
    killProgram(signal, why, info);
  }
  task.thread!.work.store(1);
}

function answerOf(frame: Ptr<TrapFrame>): i64 {
  return frame.vector === u64(SYSCALL_VECTOR) ? i64.wrap(frame.rax) : 0n;
}

/** A handler is about to run: the call that it interrupts answers EINTR or starts again behind the handler. */
function interruptCall(frame: Ptr<TrapFrame>, isRestarting: bool): void {
  const answer = answerOf(frame);
  if (answer === i64(-ERESTARTNOINTR) || (answer === i64(-ERESTARTSYS) && isRestarting)) {
    startAgain(frame, frame.error);
  } else if (isRestart(answer)) {
    frame.rax = u64.wrap(i64(-EINTR));
  }
  frame.vector = u64(INTERRUPT_UPCALL);
}

/** No handler ran: the call starts again, or goes on. */
function finishCall(frame: Ptr<TrapFrame>): void {
  const answer = answerOf(frame);
  if (isRestart(answer)) {
    startAgain(frame, answer === i64(-ERESTART_RESTARTBLOCK) ? u64(SYS_restart_syscall) : frame.error);
  }
  frame.vector = u64(INTERRUPT_UPCALL);
}

function isRestart(answer: i64): bool {
  return (
    answer === i64(-ERESTARTSYS) ||
    answer === i64(-ERESTARTNOINTR) ||
    answer === i64(-ERESTARTNOHAND) ||
    answer === i64(-ERESTART_RESTARTBLOCK)
  );
}

function startAgain(frame: Ptr<TrapFrame>, number: u64): void {
  frame.rax = number;
  frame.rip -= SYSCALL_INSTRUCTION_BYTES;
}
