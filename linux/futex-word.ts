/**
 * The words in application memory that futexes are: read and changed by single instructions that may fault.
 *
 * An access that faults on a page that only has no frame yet gets one (kernel/mm) and goes on; any other one answers FAULT. With spin locks
 * of the futex table held (so the order of locks is: futex bucket before whatever a page fault takes) a page of a file that has to be
 * fetched is a fault, too: then the caller lets its locks go, calls wordTouch, and tries once more.
 */

import { isApplicationRange } from "../kernel/mm/user-access.ts";
import { WORD_FAULT } from "./core/pi-locks.ts";

/** What an access that faults answers instead of the word. */
export const FAULT: u64 = WORD_FAULT;

/** @extern futexLoadFaultable */
declare function futexLoadFaultable(address: u64): u64;
/** @extern futexExchangeFaultable */
declare function futexExchangeFaultable(address: u64, expected: u32, wanted: u32): u64;

/**
 * SAFETY: System V calling convention. Each touches the word at RDI only; faults at 1 and 2 go on at 3 by the exception table.
 * @naked
 * @used
 */
export function futexWordCode(): void {
  asm`
    .globl futexLoadFaultable, futexExchangeFaultable
futexLoadFaultable:
1:  mov (%rdi), %eax
    ret
futexExchangeFaultable:
    mov %esi, %eax
2:  lock cmpxchg %edx, (%rdi)
    mov %eax, %eax
    ret
3:  mov $1, %eax
    shl $32, %rax
    ret
    .pushsection .extable, "a"
    .quad 1b, 3b
    .quad 2b, 3b
    .popsection`;
}

/** Whether the address can be a futex: aligned. */
export function isWordAddress(address: u64): bool {
  return (address & 3n) === 0n;
}

/** The word at `address`, or FAULT. */
export function wordLoad(address: u64): u64 {
  return isApplicationRange(VirtAddr(address), 4n) ? futexLoadFaultable(address) : FAULT;
}

/** Finds the page of a word that is going to be written with locks held; false if that is not possible. No lock is held. */
export function wordTouch(address: u64): bool {
  const word = wordLoad(address);
  return word !== FAULT && wordCompareExchange(address, u32(word), u32(word)) !== FAULT;
}

/** Stores `wanted` if the word is `expected`: what the word was before, or FAULT. */
export function wordCompareExchange(address: u64, expected: u32, wanted: u32): u64 {
  return isApplicationRange(VirtAddr(address), 4n) ? futexExchangeFaultable(address, expected, wanted) : FAULT;
}
