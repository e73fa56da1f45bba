/**
 * Copies between the kernel and application pointers.
 *
 * Pointers of system calls are not checked against the page tables first: that costs a walk each time and proves nothing about
 * the next instruction. The copy is made; if it faults on memory that has no page yet, the page is given and the copy goes on; if
 * the access is not allowed, the fault handler finds the instruction in the exception table and continues behind it, where RCX
 * still says how much was left (`rep movsb` can be interrupted and resumed at any byte).
 *
 *     .extable    { address of the instruction that may fault, address to go on at }
 *
 * Who holds a spin lock copies with copyResident, for which no page is given: it ends at the first that is not there.
 *
 * Processors take a store that lies less than 32 bytes before the next loads, in the low twelve bits of the addresses, for one that the loads
 * depend on: `rep movsb` moves a byte a cycle then (AMD Zen 3: 4,200 cycles for a page instead of 170), `rep movsq` eight (590). It is the common
 * case: malloc gives large memory 16 bytes behind the start of a page.
 */

import { EFAULT, ENAMETOOLONG } from "../../abi/errno.ts";
import { APP_BASE, APP_LIMIT, PAGE_SIZE } from "../../abi/memory-map.ts";

/** Of two addresses, as copies below and isSlowCopy have it. */
const SLOW_DISTANCE = 32n;

@struct(16)
class ExceptionEntry {
  fault!: VirtAddr;
  resume!: VirtAddr;
}

/** @extern __extable_start */
declare const tableStart: ExceptionEntry;
/** @extern __extable_end */
declare const tableEnd: ExceptionEntry;

/** Where to go on after a fault at `address`; 0n if faults there are bugs. */
export function exceptionResume(address: VirtAddr): VirtAddr {
  const end = virtAddr(addressOf(tableEnd));
  let entry = addressOf(tableStart);
  while (virtAddr(entry) < end) {
    if (entry.fault === address) {
      return entry.resume;
    }
    entry = entry.add(1);
  }
  return 0n;
}

/**
 * Copies `bytes` bytes and returns how many were left when a fault ended it, 0n if none did.
 * @extern copyFaultable
 */
declare function copyFaultable(destination: u64, source: u64, bytes: u64): u64;
/**
 * Stores `bytes` zero bytes; the result is as copyFaultable's.
 * @extern zeroFaultable
 */
declare function zeroFaultable(destination: u64, bytes: u64): u64;

/**
 * As copyFaultable, but ends at memory that has no page yet.
 * @extern copyResident
 */
declare function copyResident(destination: u64, source: u64, bytes: u64): u64;
/** @extern copyResidentEnd */
declare const residentEnd: u8;

/** Where to go on after a page fault at `address` that must not be served; 0n if it may be. */
export function residentResume(address: VirtAddr): VirtAddr {
  const isResidentCopy = address >= functionAddress(copyResident) && address < virtAddr(addressOf(residentEnd));
  return isResidentCopy ? exceptionResume(address) : 0n;
}

/**
 * SAFETY: System V calling convention; only RCX, RDX, RSI, RDI and RAX change. Faults at 1 resume at 2 by the exception table, those at 4 at 5,
 * which goes on byte by byte, up to the one that faults.
 * @naked
 * @used
 */
export function faultableCopies(): void {
  asm`
    .macro copy_until_fault
    mov %rdx, %rcx
    cmp $64, %rdx
    jb 1f
    mov %edi, %eax
    sub %esi, %eax
    and $4095, %eax
    dec %eax
    cmp $30, %eax
    jbe 3f
1:  rep movsb
2:  mov %rcx, %rax
    ret
3:  shr $3, %rcx
    and $7, %edx
4:  rep movsq
    mov %rdx, %rcx
    jmp 1b
5:  lea (%rdx, %rcx, 8), %rcx
    jmp 1b
    .pushsection .extable, "a"
    .quad 1b, 2b
    .quad 4b, 5b
    .popsection
    .endm

    .globl copyFaultable, copyResident, copyResidentEnd, zeroFaultable
copyFaultable:
    copy_until_fault
copyResident:
    copy_until_fault
copyResidentEnd:
zeroFaultable:
    mov %rsi, %rcx
    xor %eax, %eax
6:  rep stosb
7:  mov %rcx, %rax
    ret
    .pushsection .extable, "a"
    .quad 6b, 7b
    .popsection`;
}

/** Whether a processor takes the bytes of `source` for such as it has just stored at `destination`; addresses, or places in a page. */
export function isSlowCopy(destination: u64, source: u64): bool {
  const distance = (destination - source) & (PAGE_SIZE - 1n);
  return distance !== 0n && distance < SLOW_DISTANCE;
}

/** Whether the addresses are the application's; everything else is the kernel's and never what a system call may be pointed at. */
export function isApplicationRange(address: VirtAddr, bytes: u64): bool {
  const start = u64(address);
  return start >= APP_BASE && start <= APP_LIMIT && bytes <= APP_LIMIT - start;
}

/** Copies from the application: 0 or -EFAULT (part of it may have been copied). */
export function userRead(destination: Ptr<u8>, source: VirtAddr, bytes: u64): i64 {
  if (bytes === 0n) {
    return 0n;
  }
  if (!isApplicationRange(source, bytes)) {
    return -i64(EFAULT);
  }
  return copyFaultable(u64(virtAddr(destination)), u64(source), bytes) === 0n ? 0n : -i64(EFAULT);
}

/** Copies to the application: 0 or -EFAULT (part of it may have been copied). */
export function userWrite(destination: VirtAddr, source: Ptr<u8>, bytes: u64): i64 {
  if (bytes === 0n) {
    return 0n;
  }
  if (!isApplicationRange(destination, bytes)) {
    return -i64(EFAULT);
  }
  return copyFaultable(u64(destination), u64(virtAddr(source)), bytes) === 0n ? 0n : -i64(EFAULT);
}

/** Copies from the application until a fault; how many bytes were copied. */
export function userReadSome(destination: Ptr<u8>, source: VirtAddr, bytes: u64): u64 {
  return isApplicationRange(source, bytes) ? bytes - copyFaultable(u64(virtAddr(destination)), u64(source), bytes) : 0n;
}

/** Copies to the application until a fault; how many bytes were copied. */
export function userWriteSome(destination: VirtAddr, source: Ptr<u8>, bytes: u64): u64 {
  return isApplicationRange(destination, bytes)
    ? bytes - copyFaultable(u64(destination), u64(virtAddr(source)), bytes)
    : 0n;
}

/** Copies to the application until a page that is not there; how many bytes were copied. */
export function userWriteResident(destination: VirtAddr, source: Ptr<u8>, bytes: u64): u64 {
  return isApplicationRange(destination, bytes)
    ? bytes - copyResident(u64(destination), u64(virtAddr(source)), bytes)
    : 0n;
}

/** Fills application memory with zeros until a fault; how many bytes were filled. */
export function userZeroSome(destination: VirtAddr, bytes: u64): u64 {
  return isApplicationRange(destination, bytes) ? bytes - zeroFaultable(u64(destination), bytes) : 0n;
}

/** Fills application memory with zeros: 0 or -EFAULT. */
export function userZero(destination: VirtAddr, bytes: u64): i64 {
  if (bytes === 0n) {
    return 0n;
  }
  if (!isApplicationRange(destination, bytes)) {
    return -i64(EFAULT);
  }
  return zeroFaultable(u64(destination), bytes) === 0n ? 0n : -i64(EFAULT);
}

/** Strings are copied in pieces that do not cross such a boundary, so that nothing behind the end is touched needlessly. */
const PIECE_BYTES = 64n;

/**
 * Copies a NUL-terminated string into `buffer`; returns its length without the NUL, -EFAULT, or -ENAMETOOLONG if it does not end
 * within the buffer.
 */
export function userString(buffer: Slice<u8>, source: VirtAddr): i64 {
  let done: u64 = 0n;
  while (done < buffer.length) {
    const from = source + done;
    let piece = PIECE_BYTES - (u64(from) & (PIECE_BYTES - 1n));
    if (piece > buffer.length - done) {
      piece = buffer.length - done;
    }
    const result = userRead(buffer.data.add(done), from, piece);
    if (result < 0n) {
      return result;
    }
    for (let index: u64 = 0n; index < piece; index++) {
      if (at(buffer, done + index) === 0) {
        return i64(done + index);
      }
    }
    done += piece;
  }
  return -i64(ENAMETOOLONG);
}
