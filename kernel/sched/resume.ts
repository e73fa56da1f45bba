/**
 * The way back into the application, and why nothing that should happen first is missed on it.
 *
 * Before application code goes on, the kernel looks once more: is another thread due (scheduler.ts), has the linux layer something to
 * do for this one (Thread.work: a signal)? An interrupt that brings such news between that look and the last instruction would be too
 * late, and the application might not enter the kernel again for a long time. Masking would cost every system call; instead each way
 * back is a *window* of instructions that may be started again from its look, because until the last one everything that they load
 * still lies in the frame under RSP:
 *
 *     start    the look: loads `current`, tests `work` and `switchWanted`
 *              loads of the application's registers, RSP last
 *     last     jmp, ret or iretq
 *
 * An upcall that interrupted a window goes back to its start; one that interrupted `last`, where all registers are the application's
 * already, is treated as one out of the application (windowLeave). The system calls' windows are in linux/entry.ts.
 */

import { APP_LIMIT } from "../../abi/memory-map.ts";
import { irqFlags, pendingVectors } from "../../nucleus/percpu.ts";
import type { TrapFrame } from "../../nucleus/trap-frame.ts";
import { current, switchWanted } from "./scheduler.ts";
import type { Thread } from "./thread-type.ts";

/** How the last instruction of a window leaves the kernel. */
export enum WindowKind {
  /** iretq: five words at RSP. */
  Iret = 0,
  /** jmp *%rcx */
  Jump = 1,
  /** ret */
  Return = 2,
}

class Window {
  start!: VirtAddr;
  last!: VirtAddr;
  kind!: WindowKind;
}

const WINDOW_LIMIT = 3;
const windows: FixedArray<Window, 3> = zeroed();
let windowCount: u32 = 0;

/** Declares the instructions `[start, last]` a way into the application. */
export function windowAdd(start: VirtAddr, last: VirtAddr, kind: WindowKind): void {
  assert(windowCount < WINDOW_LIMIT, "few ways lead into the application");
  windows[windowCount] = { start, last, kind };
  windowCount++;
}

/** @extern applicationCheck */
declare function applicationCheck(): void;
/** @extern applicationLast */
declare function applicationLast(): void;

export function resumeInit(): void {
  windowAdd(functionAddress(applicationCheck), functionAddress(applicationLast), WindowKind.Iret);
}

/** For a frame of interrupted kernel code: if it was on its way into the application, sends it back to look, or completes the way. */
export function windowLeave(frame: Ptr<TrapFrame>): void {
  const rip = frame.rip;
  for (let index: u32 = 0; index < windowCount; index++) {
    const window = windows[index];
    if (rip === window.last) {
      completeWindow(frame, window.kind);
      return;
    }
    if (rip > window.start && rip < window.last) {
      frame.rip = window.start;
      return;
    }
  }
}

function completeWindow(frame: Ptr<TrapFrame>, kind: WindowKind): void {
  if (kind === WindowKind.Jump) {
    frame.rip = VirtAddr(frame.rcx);
    return;
  }
  // SAFETY: RSP is that of the kernel stack: the words that the instruction would pop lie above all that the upcall has written.
  const words = pointerAt<u64>(frame.rsp);
  frame.rip = VirtAddr(words[0]);
  if (kind === WindowKind.Return) {
    frame.rsp += 8n;
    return;
  }
  frame.cs = words[1];
  frame.rflags = words[2];
  frame.rsp = VirtAddr(words[3]);
  frame.ss = words[4];
}

/** The kernel runs in the image; whatever is below APP_LIMIT is the program or a thunk in its address space. */
export function isApplication(frame: Ptr<TrapFrame>): bool {
  return u64(frame.rip) < APP_LIMIT;
}

/**
 * Looks, and goes on in the application with the registers of `frame`, which lies on the thread's kernel stack; interrupts are masked.
 * Nothing above the frame is kept.
 * @extern resumeApplication
 */
export declare function resumeApplication(frame: Ptr<TrapFrame>): never;

/**
 * What has to be done first, done; ends in resumeApplication. Masked.
 * @extern kernelBeforeApplication
 */
declare function kernelBeforeApplication(frame: Ptr<TrapFrame>): never;

/**
 * SAFETY: RSP is the frame until its last five words are all that is left of it; unmasking comes first, so that what arrived while masked
 * is seen by the look, and what arrives later interrupts the window.
 * @naked
 * @used
 * @align 16
 */
export function applicationResume(): void {
  asm`
    .globl resumeApplication, applicationCheck, applicationLast
resumeApplication:
    mov %rdi, %rsp
    movb $0, ${percpu(irqFlags.mask)}
applicationCheck:
    mov ${percpu(current)}, %rdx
    mov ${imm(offsetOf<Thread>("work"))}(%rdx), %eax
    movzbl ${percpu(switchWanted)}, %ecx
    or %rcx, %rax
    or ${percpu(pendingVectors)}, %rax
    or ${percpu(pendingVectors)} + 8, %rax
    or ${percpu(pendingVectors)} + 16, %rax
    or ${percpu(pendingVectors)} + 24, %rax
    jnz 1f
    mov 0(%rsp), %r15
    mov 8(%rsp), %r14
    mov 16(%rsp), %r13
    mov 24(%rsp), %r12
    mov 32(%rsp), %r11
    mov 40(%rsp), %r10
    mov 48(%rsp), %r9
    mov 56(%rsp), %r8
    mov 64(%rsp), %rbp
    mov 72(%rsp), %rdi
    mov 80(%rsp), %rsi
    mov 88(%rsp), %rdx
    mov 96(%rsp), %rcx
    mov 104(%rsp), %rbx
    mov 112(%rsp), %rax
    lea 152(%rsp), %rsp
applicationLast:
    iretq
1:  movb $1, ${percpu(irqFlags.mask)}
    mov %rsp, %rdi
    and $-16, %rsp
    call ${symbol(kernelBeforeApplication)}
    ud2`;
}

staticAssert(sizeOf<TrapFrame>() === 192, "resume.ts loads 15 words and leaves five");
staticAssert(offsetOf<TrapFrame>("rip") === 152, "resume.ts: offset of rip");
staticAssert(offsetOf<TrapFrame>("rax") === 112, "resume.ts: offset of rax");
