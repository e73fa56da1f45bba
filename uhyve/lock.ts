/**
 * A lock between the threads of a monitor, and the way to start one.
 *
 * Threads are clone(2) without libc: they run code of ours only, share everything, and end with the process. The lock is the
 * three-state futex of Drepper's "Futexes Are Tricky" (0 free, 1 held, 2 held and wanted): one atomic operation when nobody waits,
 * which is always so for a guest that does not wait for its stdio.
 */

import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from "../abi/linux-mman.ts";
import { FUTEX_PRIVATE_FLAG, FUTEX_WAIT, FUTEX_WAKE } from "../abi/linux-process.ts";
import { SYS_clone, SYS_futex, SYS_mmap } from "../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";

const FREE = 0;
const HELD = 1;
const WANTED = 2;

export class Lock {
  word!: Atomic<u32>;
}

export function lockAcquire(lock: Lock): void {
  if (lock.word.compareExchange(FREE, HELD, Order.Acquire)) return;
  while (lock.word.exchange(WANTED, Order.Acquire) !== FREE) {
    void linuxCall(SYS_futex, callPointer(lock), u64(FUTEX_WAIT | FUTEX_PRIVATE_FLAG), u64(WANTED), 0n);
  }
}

export function lockRelease(lock: Lock): void {
  if (lock.word.exchange(FREE, Order.Release) === WANTED) {
    void linuxCall(SYS_futex, callPointer(lock), u64(FUTEX_WAKE | FUTEX_PRIVATE_FLAG), 1n);
  }
}

const STACK_BYTES = 0x1_0000n;
/** CLONE_VM | FS | FILES | SIGHAND | THREAD | SYSVSEM: a thread of this process. */
export const THREAD_FLAGS = 0x0005_0f00;

export type ThreadMain = (argument: Ptr<u8>) => void;

/** Runs `main(argument)`, which must not return, in a new thread: 0 or a negative errno. */
export function threadStart(main: ThreadMain, argument: Ptr<u8>): i64 {
  const protection = u64(PROT_READ | PROT_WRITE);
  const stack = linuxCall(SYS_mmap, 0n, STACK_BYTES, protection, u64(MAP_PRIVATE | MAP_ANONYMOUS), u64.MAX, 0n);
  if (stack < 0n) return stack;
  return threadStartOn(u64(stack) + STACK_BYTES, THREAD_FLAGS, 0n, main, argument);
}

/** The same on a stack of the caller's that ends at `end`, a multiple of 16, with other flags; `word` is the address that some of them want. */
export function threadStartOn(end: u64, flags: u32, word: u64, main: ThreadMain, argument: Ptr<u8>): i64 {
  const top = end - 16n;
  // SAFETY: the topmost two words of the new stack.
  const words = pointerAt<u64>(top);
  words[0] = u64(functionAddress(main));
  words[1] = u64(virtAddr(argument));
  const result = cloneInto(top, u64(flags), word);
  return result < 0n ? result : 0n;
}

/** The parent gets the thread's number; the child takes function and argument from its stack and stays inside the assembly. */
function cloneInto(top: u64, flags: u64, word: u64): i64 {
  // SAFETY: the child runs on its own stack from the first instruction after the call and never returns from here. At the call
  // its stack is a multiple of 16, as the calling convention demands; the callee does not return.
  return asm<i64>`syscall
    test %rax, %rax
    jnz 1f
    xor %ebp, %ebp
    pop %rax
    pop %rdi
    call *%rax
    ud2
  1: ${output("rax")} ${input("rax", u64(SYS_clone))} ${input("rdi", flags)} ${input("rsi", top)} ${input("rdx", word)} ${input("r10", word)} ${input("r8", 0n)} ${clobber("rcx", "r11", "memory", "cc")}`;
}
