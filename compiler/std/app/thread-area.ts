/**
 * The memory that belongs to one thread: its copies of the runtime's @threadlocal variables and what the runtime knows of it.
 *
 * The layout is variant II of "ELF Handling For Thread-Local Storage" (Drepper), 3: the variables lie below the address in the FS
 * base, and the word there holds that address itself.
 *
 *     | variables (PT_TLS, zero or as in the file) | ThreadArea: itself, ... |
 *                                                  ^ FS base
 *
 * There is no libc to prepare this: the first thread's area is static, `appMain` sets it up before anything else runs; the other
 * threads have theirs above their stacks (threads.ts).
 */
import { systemCall } from "./system.ts";

const SYS_arch_prctl: u32 = 158;
const ARCH_SET_FS: u64 = 0x1002n;
const AT_NULL: u64 = 0n;
const AT_PHDR: u64 = 3n;
const AT_PHENT: u64 = 4n;
const AT_PHNUM: u64 = 5n;
const PT_TLS: u32 = 7;
/** Room for the variables of one thread; `setUpFirstArea` checks that they fit. */
const IMAGE_BYTES = 1024;
/** More auxiliary values than any kernel passes. */
const MAX_AUXILIARY: u32 = 256;

@struct()
export class ThreadArea {
  self!: u64;
  /** The kernel's number of the thread; 0 as soon as its stack is free again (CLONE_CHILD_CLEARTID). */
  tid!: Atomic<u32>;
  /** What it runs, and with what. */
  entry!: u64;
  task!: u64;
  /** The next one among those that wait for another use. */
  next!: Ptr<ThreadArea> | null;
}

@struct(1088, { align: 64 })
export class AreaWithImage {
  image!: FixedArray<u8, typeof IMAGE_BYTES>;
  area!: ThreadArea;
}

/** A program header (ELF-64 Object File Format, 6). */
@struct(56)
class ProgramHeader {
  type!: u32;
  flags!: u32;
  offset!: u64;
  address!: u64;
  physicalAddress!: u64;
  fileBytes!: u64;
  memoryBytes!: u64;
  alignment!: u64;
}

const first: AreaWithImage = zeroed();
let imageAddress: u64 = 0n;
let imageFileBytes: u64 = 0n;
/** From the beginning of the variables to the FS base. */
let imageSize: u64 = 0n;

function auxiliaryValue(vector: u64, type: u64): u64 {
  for (let i: u64 = 0n; i < u64(MAX_AUXILIARY); i++) {
    // SAFETY: pairs of words behind the environment, closed by AT_NULL (System V ABI, x86-64, 3.4.1).
    const entry = pointerAt<u64>(VirtAddr(vector + i * 16n));
    if (entry.value === type) return entry[1];
    if (entry.value === AT_NULL) return 0n;
  }
  return 0n;
}

function findImage(vector: u64): void {
  const headers: u64 = auxiliaryValue(vector, AT_PHDR);
  const size: u64 = auxiliaryValue(vector, AT_PHENT);
  const count: u64 = auxiliaryValue(vector, AT_PHNUM);
  for (let i: u64 = 0n; i < count; i++) {
    // SAFETY: the kernel says where the program's own headers lie.
    const header = pointerAt<ProgramHeader>(VirtAddr(headers + i * size));
    if (header.type !== PT_TLS) continue;
    imageAddress = header.address;
    imageFileBytes = header.fileBytes;
    const alignment: u64 = header.alignment > 1n ? header.alignment : 1n;
    assert(alignment <= 64n, "thread-local variables are aligned to a cache line at most");
    imageSize = (header.memoryBytes + alignment - 1n) & ~(alignment - 1n);
    assert(imageSize <= u64(IMAGE_BYTES), "the thread-local variables are larger than their area");
  }
}

/** Fills in a new area, whose bytes are zero. */
export function prepareArea(memory: AreaWithImage): void {
  const base: u64 = u64(virtAddr(memory.area));
  memory.area.self = base;
  // SAFETY: the variables fit below the FS base (`findImage`), and the file's part of them lies in the program.
  if (imageFileBytes > 0n)
    copyBytes(pointerAt<u8>(VirtAddr(base - imageSize)), pointerAt<u8>(VirtAddr(imageAddress)), imageFileBytes);
}

/**
 * Gives the first thread its area. Not inlined: no access to a @threadlocal variable may move before this.
 * @noinline
 */
export function setUpFirstArea(auxiliaryVector: u64): void {
  findImage(auxiliaryVector);
  prepareArea(first);
  const done: i64 = systemCall(SYS_arch_prctl, ARCH_SET_FS, first.area.self, 0n, 0n, 0n, 0n);
  assert(done === 0n, "the system does not set the FS base");
}

/** The calling thread's area. */
export function ownArea(): Ptr<ThreadArea> {
  // SAFETY: the word at the FS base holds the area's address.
  return pointerAt<ThreadArea>(VirtAddr(asm<u64>`mov %fs:0, ${output("r")}`));
}
