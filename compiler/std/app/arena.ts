/**
 * Memory of an application: taken from the system in growing chunks, handed out in order, never given back.
 *
 * A program of this profile runs to its end and is gone; what a collector would cost in every program is not spent. Chunks grow
 * from 256 KiB to 64 MiB, so that small programs touch little memory and large ones make few system calls. Memory from the
 * system is zero, so objects start as zero bytes. Each thread has chunks of its own, so that nobody waits for anybody here; what
 * one thread made the others may use, also when it has ended.
 */
import { SYS_mmap, systemCall, writeAll } from "./system.ts";

const FIRST_CHUNK: u64 = 0x4_0000n;
const LAST_CHUNK: u64 = 0x400_0000n;
const PROT_READ_WRITE: u64 = 3n;
const MAP_PRIVATE_ANONYMOUS: u64 = 0x22n;
const NO_FILE: u64 = 0xffff_ffff_ffff_ffffn;
const PAGE: u64 = 4096n;

/** @threadlocal */
let chunkNext: u64 = 0n;
/** @threadlocal */
let chunkEnd: u64 = 0n;
/** @threadlocal */
let chunkSize: u64 = FIRST_CHUNK;

const EXHAUSTED: FixedArray<u8, 75> = fixedArray(
  0x74,
  0x68,
  0x65,
  0x20,
  0x70,
  0x72,
  0x6f,
  0x67,
  0x72,
  0x61,
  0x6d,
  0x20,
  0x6e,
  0x65,
  0x65,
  0x64,
  0x73,
  0x20,
  0x6d,
  0x6f,
  0x72,
  0x65,
  0x20,
  0x6d,
  0x65,
  0x6d,
  0x6f,
  0x72,
  0x79,
  0x20,
  0x74,
  0x68,
  0x61,
  0x6e,
  0x20,
  0x74,
  0x68,
  0x65,
  0x20,
  0x73,
  0x79,
  0x73,
  0x74,
  0x65,
  0x6d,
  0x20,
  0x67,
  0x69,
  0x76,
  0x65,
  0x73,
  0x2e,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
  0x0a,
);
const EXHAUSTED_LENGTH: u64 = 53n;
const ABORTED: u64 = 134n;
const SYS_exit_group: u32 = 231;

/** @noreturn @cold */
function exhausted(): never {
  void writeAll(2, elements(EXHAUSTED), EXHAUSTED_LENGTH);
  void systemCall(SYS_exit_group, ABORTED, 0n, 0n, 0n, 0n, 0n);
  unreachable();
}

/** @noinline */
function newChunk(size: u64): VirtAddr {
  const wanted: u64 = size > chunkSize ? (size + PAGE - 1n) & ~(PAGE - 1n) : chunkSize;
  const got: i64 = systemCall(SYS_mmap, 0n, wanted, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, NO_FILE, 0n);
  if (got < 0n) exhausted();
  const start: u64 = u64.wrap(got);
  // A block larger than a chunk has one of its own; what is left of the current chunk stays in use.
  if (size > chunkSize) return VirtAddr(start);
  chunkNext = start + size;
  chunkEnd = start + wanted;
  if (chunkSize < LAST_CHUNK) chunkSize = chunkSize * 2n;
  return VirtAddr(start);
}

/** Zeroed memory, aligned to 16 bytes. */
export function arenaAllocate(size: u64): Ptr<u8> {
  if (size > 0x7fff_ffff_ffffn) exhausted();
  const rounded: u64 = (size + 15n) & ~15n;
  if (rounded > chunkEnd - chunkNext) return pointerAt<u8>(newChunk(rounded));
  const start: u64 = chunkNext;
  chunkNext = start + rounded;
  // SAFETY: the chunk is mapped from chunkNext to chunkEnd, and nobody else gets these bytes.
  return pointerAt<u8>(VirtAddr(start));
}

export function allocate<T>(count: u64): Ptr<T> {
  // SAFETY: the memory is new, zero and large enough; 16 bytes is the largest alignment of any type.
  return castPtr<T>(arenaAllocate(count * u64(sizeOf<T>())));
}
