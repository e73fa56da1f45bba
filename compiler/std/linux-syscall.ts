/**
 * System calls of the Linux host, for `host` programs: one instruction, the answer as the kernel gives it (a negative errno).
 *
 * libc's wrappers would put the error into a thread-local `errno` that bare TypeScript cannot name portably (glibc and musl differ),
 * and each would need its own foreign declaration. Calls that libc must know about (threads, fork, exit with buffers) do not belong
 * here.
 */

/** Arguments that a call does not take are 0. */
export function linuxCall(
  number: u32,
  a: u64 = 0n,
  b: u64 = 0n,
  c: u64 = 0n,
  d: u64 = 0n,
  e: u64 = 0n,
  f: u64 = 0n,
): i64 {
  // SAFETY: the x86-64 system-call convention: rcx and r11 are lost, memory may have been written by the kernel.
  return asm<i64>`syscall ${output("rax")} ${input("rax", u64(number))} ${input("rdi", a)} ${input("rsi", b)} ${input("rdx", c)} ${input("r10", d)} ${input("r8", e)} ${input("r9", f)} ${clobber("rcx", "r11", "memory", "cc")}`;
}

/** A pointer as a system call's argument. */
export function callPointer<T extends object>(pointer: T): u64 {
  return u64(virtAddr(pointer));
}
