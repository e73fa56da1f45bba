/**
 * The stack frame of a signal handler: built on the program's stack as Linux does (arch/x86/kernel/signal_64.c, abi/linux-signal-frame.ts),
 * and read back by rt_sigreturn.
 *
 * Debuggers, unwinders and language runtimes read these bytes, and change them: a handler that recovers from a fault sets RIP. What comes
 * back is not trusted further than any register that the program could have loaded itself: selectors are ours, only flags that user code
 * may change are taken, RIP must be an address of the application.
 */

import { EFAULT } from "../abi/errno.ts";
import {
  type KernelSigaction,
  SA_ONSTACK,
  SA_RESTORER,
  type Siginfo,
  SS_AUTODISARM,
  SS_DISABLE,
  SS_ONSTACK,
} from "../abi/linux-signal.ts";
import {
  FP_XSTATE_MAGIC1,
  FP_XSTATE_MAGIC2,
  FP_XSTATE_MAGIC2_SIZE,
  FPX_SOFTWARE_OFFSET,
  type FpxSoftwareBytes,
  FXSAVE_BYTES,
  RED_ZONE_BYTES,
  type RtSigframe,
  type SignalContext,
  UC_FP_XSTATE,
  UC_SIGCONTEXT_SS,
  UC_STRICT_RESTORE_SS,
  XSAVE_HEADER_BYTES,
} from "../abi/linux-signal-frame.ts";
import { APP_LIMIT } from "../abi/memory-map.ts";
import { RFLAGS_IF, RFLAGS_RESERVED_1 } from "../abi/x86-registers.ts";
import {
  RFLAGS_ALIGNMENT_CHECK,
  RFLAGS_DIRECTION,
  RFLAGS_TRAP,
  USER_CODE_SELECTOR,
  USER_DATA_SELECTOR,
} from "../abi/x86-vectors.ts";
import { userRead, userWrite, userZero } from "../kernel/mm/user-access.ts";
import { fpuAreaBytes, fpuFeatures, fpuInitial, fpuLoadFromUser, fpuSaveToUser } from "../kernel/sched/fpu.ts";
import { INTERRUPT_UPCALL } from "../nucleus/percpu.ts";
import type { TrapFrame } from "../nucleus/trap-frame.ts";
import type { TaskSignals } from "./signal-state.ts";

/** CF, PF, AF, ZF, SF, TF, DF, OF, RF and AC: what a program may set in its flags. */
const USER_FLAGS = 0x5_0dd5n;
const RFLAGS_RESUME = 0x1_0000n;
const NO_STACK = 0n;

/** Whether the stack pointer is on the alternate stack; one that disarms itself never counts (sigaltstack(2)). */
export function isOnAlternateStack(state: TaskSignals, rsp: u64): bool {
  return (state.stackFlags & SS_AUTODISARM) === 0 && isInAlternateStack(state, rsp);
}

function isInAlternateStack(state: TaskSignals, rsp: u64): bool {
  return rsp > state.stackStart && rsp - state.stackStart <= state.stackBytes;
}

/** What sigaltstack(2) says about it. */
export function alternateStackFlags(state: TaskSignals, rsp: u64): u32 {
  if (state.stackBytes === 0n) {
    return SS_DISABLE;
  }
  return isOnAlternateStack(state, rsp) ? SS_ONSTACK : 0;
}

/** Where the handler's frame may end, or NO_STACK if it would leave the alternate stack. */
function stackFor(state: TaskSignals, action: KernelSigaction, rsp: u64, bytes: u64): u64 {
  const isNested = isOnAlternateStack(state, rsp);
  const isEntering = (action.flags & SA_ONSTACK) !== 0n && state.stackBytes !== 0n && !isNested;
  const top = isEntering ? state.stackStart + state.stackBytes : rsp - RED_ZONE_BYTES;
  const lowest = top - bytes;
  if ((isNested || isEntering) && !isInAlternateStack(state, lowest)) {
    return NO_STACK;
  }
  return top;
}

/**
 * Makes `frame` enter the handler of `action` for the signal of `info`, with everything that it interrupts on the stack; `mask` is what
 * rt_sigreturn restores. False if the stack cannot be written: nothing has been changed then but bytes below it.
 */
export function signalFramePush(
  frame: Ptr<TrapFrame>,
  state: TaskSignals,
  action: KernelSigaction,
  info: Siginfo,
  mask: u64,
): bool {
  if ((action.flags & SA_RESTORER) === 0n) {
    return false;
  }
  const fpuBytes = fpuAreaBytes();
  const magicBytes: u64 = fpuFeatures() === 0n ? 0n : FP_XSTATE_MAGIC2_SIZE;
  const reserved = fpuBytes + magicBytes + 64n + u64(sizeOf<RtSigframe>()) + 16n;
  const top = stackFor(state, action, u64(frame.rsp), reserved);
  if (top === NO_STACK || top < reserved) {
    return false;
  }
  const fpuAt = (top - fpuBytes - magicBytes) & ~63n;
  const place = ((fpuAt - u64(sizeOf<RtSigframe>())) & ~15n) - 8n;
  const contents: RtSigframe = zeroed();
  contents.pretcode = action.restorer;
  copy(contents.info, info);
  fillContext(contents, frame, state, fpuAt, mask);
  // SAFETY: plain integers.
  if (
    !pushFpu(fpuAt, fpuBytes) ||
    userWrite(VirtAddr(place), castPtr<u8>(contents), u64(sizeOf<RtSigframe>())) !== 0n
  ) {
    return false;
  }
  if ((state.stackFlags & SS_AUTODISARM) !== 0) {
    clearAlternateStack(state);
  }
  enterHandler(frame, action, u32(info.si_signo), place);
  return true;
}

export function clearAlternateStack(state: TaskSignals): void {
  state.stackStart = 0n;
  state.stackBytes = 0n;
  state.stackFlags = 0;
}

function fillContext(contents: RtSigframe, frame: Ptr<TrapFrame>, state: TaskSignals, fpuAt: u64, mask: u64): void {
  const flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
  contents.uc.uc_flags = fpuFeatures() === 0n ? flags : flags | UC_FP_XSTATE;
  contents.uc.uc_stack.ss_sp = state.stackStart;
  contents.uc.uc_stack.ss_flags = state.stackBytes === 0n ? SS_DISABLE : state.stackFlags;
  contents.uc.uc_stack.ss_size = state.stackBytes;
  contents.uc.uc_sigmask = mask;
  const context = contents.uc.uc_mcontext;
  context.r8 = frame.r8;
  context.r9 = frame.r9;
  context.r10 = frame.r10;
  context.r11 = frame.r11;
  context.r12 = frame.r12;
  context.r13 = frame.r13;
  context.r14 = frame.r14;
  context.r15 = frame.r15;
  context.rdi = frame.rdi;
  context.rsi = frame.rsi;
  context.rbp = frame.rbp;
  context.rbx = frame.rbx;
  context.rdx = frame.rdx;
  context.rax = frame.rax;
  context.rcx = frame.rcx;
  context.rsp = u64(frame.rsp);
  context.rip = u64(frame.rip);
  context.rflags = frame.rflags;
  context.cs = USER_CODE_SELECTOR;
  context.ss = USER_DATA_SELECTOR;
  context.err = state.trapError;
  context.trapno = u64(state.trapNumber);
  context.oldmask = mask;
  context.cr2 = state.trapAddress;
  context.fpstate = fpuAt;
}

/** Stores the FPU's state at `at`, with the magic numbers that say where its extended part ends; false after a fault. */
function pushFpu(at: u64, bytes: u64): bool {
  const software: FpxSoftwareBytes = zeroed();
  let magic2: u32 = FP_XSTATE_MAGIC2;
  const isExtended = fpuFeatures() !== 0n;
  // The processor leaves parts of the area as they are, and of its header all but one word must be 0.
  if (
    userZero(VirtAddr(at), bytes + (isExtended ? FP_XSTATE_MAGIC2_SIZE : 0n)) !== 0n ||
    !fpuSaveToUser(VirtAddr(at))
  ) {
    return false;
  }
  if (!isExtended) {
    return true;
  }
  software.magic1 = FP_XSTATE_MAGIC1;
  software.extended_size = u32(bytes + FP_XSTATE_MAGIC2_SIZE);
  software.xfeatures = fpuFeatures();
  software.xstate_size = u32(bytes);
  const softwareBytes = u64(sizeOf<FpxSoftwareBytes>());
  // SAFETY: plain integers.
  return (
    userWrite(VirtAddr(at + FPX_SOFTWARE_OFFSET), castPtr<u8>(software), softwareBytes) === 0n &&
    userWrite(VirtAddr(at + bytes), castPtr<u8>(addressOf(magic2)), FP_XSTATE_MAGIC2_SIZE) === 0n
  );
}

/** handler(signal, siginfo, ucontext), with the FPU as at a program's start. */
function enterHandler(frame: Ptr<TrapFrame>, action: KernelSigaction, signal: u32, place: u64): void {
  fpuInitial();
  frame.rdi = u64(signal);
  frame.rsi = place + u64(offsetOf<RtSigframe>("info"));
  frame.rdx = place + u64(offsetOf<RtSigframe>("uc"));
  frame.rax = 0n;
  frame.rip = VirtAddr(action.handler);
  frame.rsp = VirtAddr(place);
  frame.rflags &= ~(RFLAGS_DIRECTION | RFLAGS_RESUME | RFLAGS_TRAP);
  frame.vector = u64(INTERRUPT_UPCALL);
}

/** Reads the frame that a handler returned to: 0, or -EFAULT if it cannot be read. */
export function signalFrameRead(contents: RtSigframe, rsp: u64): i64 {
  // The restorer was entered by `ret`, which popped its address. SAFETY: plain integers.
  return userRead(castPtr<u8>(contents), VirtAddr(rsp - 8n), u64(sizeOf<RtSigframe>()));
}

/** The registers to go on with, out of a frame's context: 0, or -EFAULT if they are none or the FPU's state is none. */
export function signalFrameRestore(frame: Ptr<TrapFrame>, context: SignalContext): i64 {
  frame.r8 = context.r8;
  frame.r9 = context.r9;
  frame.r10 = context.r10;
  frame.r11 = context.r11;
  frame.r12 = context.r12;
  frame.r13 = context.r13;
  frame.r14 = context.r14;
  frame.r15 = context.r15;
  frame.rdi = context.rdi;
  frame.rsi = context.rsi;
  frame.rbp = context.rbp;
  frame.rbx = context.rbx;
  frame.rdx = context.rdx;
  frame.rax = context.rax;
  frame.rcx = context.rcx;
  frame.rsp = VirtAddr(context.rsp);
  frame.rip = VirtAddr(context.rip);
  frame.rflags = (context.rflags & USER_FLAGS) | RFLAGS_RESERVED_1 | RFLAGS_IF;
  frame.cs = u64(USER_CODE_SELECTOR);
  frame.ss = u64(USER_DATA_SELECTOR);
  frame.vector = u64(INTERRUPT_UPCALL);
  if (context.rip >= APP_LIMIT) {
    return i64(-EFAULT);
  }
  return restoreFpu(context.fpstate) ? 0n : i64(-EFAULT);
}

/** An area without the magic numbers is FXSAVE's; no area is the initial state. */
function restoreFpu(at: u64): bool {
  if (at === 0n) {
    fpuInitial();
    return true;
  }
  const software: FpxSoftwareBytes = zeroed();
  const softwareBytes = u64(sizeOf<FpxSoftwareBytes>());
  // SAFETY: plain integers. It also proves that FXSAVE's part lies in the application.
  if (at >= APP_LIMIT || userRead(castPtr<u8>(software), VirtAddr(at + FPX_SOFTWARE_OFFSET), softwareBytes) !== 0n) {
    return false;
  }
  return fpuLoadFromUser(VirtAddr(at), extendedParts(at, software));
}

/** Which parts an extended area has; 0n if it is not one, as Linux checks it (arch/x86/kernel/fpu/signal.c). */
function extendedParts(at: u64, software: FpxSoftwareBytes): u64 {
  const bytes = u64(software.xstate_size);
  let magic2: u32 = 0;
  const isSized = bytes >= FXSAVE_BYTES + XSAVE_HEADER_BYTES && bytes <= fpuAreaBytes();
  if (software.magic1 !== FP_XSTATE_MAGIC1 || !isSized || bytes > u64(software.extended_size)) {
    return 0n;
  }
  // SAFETY: four bytes of a local.
  if (userRead(castPtr<u8>(addressOf(magic2)), VirtAddr(at + bytes), FP_XSTATE_MAGIC2_SIZE) !== 0n) {
    return 0n;
  }
  return magic2 === FP_XSTATE_MAGIC2 ? software.xfeatures : 0n;
}

staticAssert((USER_FLAGS & (RFLAGS_TRAP | RFLAGS_ALIGNMENT_CHECK)) !== 0n, "programs may trace themselves");
