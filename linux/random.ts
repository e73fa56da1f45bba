/**
 * Random numbers: one generator for AT_RANDOM and getrandom(2), seeded by the host through the boot module.
 */

import { EFAULT, EINVAL } from "../abi/errno.ts";
import { GRND_INSECURE, GRND_NONBLOCK, GRND_RANDOM } from "../abi/linux-process.ts";
import { logWarning } from "../kernel/log/log.ts";
import { userWrite } from "../kernel/mm/user-access.ts";
import { lockAcquire, type SpinLock } from "../kernel/sync/spin-lock.ts";
import { type CpuidResult, cpuid, rdrand, rdtsc } from "../nucleus/cpu.ts";
import { CHACHA_KEY_BYTES, type ChachaKey, randomFill } from "./core/chacha20.ts";
import { programModule } from "./program.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** ECX of CPUID leaf 1. */
const CPUID_RDRAND = 0x4000_0000;
const CHUNK_BYTES = 512n;
/** What Linux returns at most. */
const MOST_BYTES = 0x7fff_ffffn & ~0xfffn;

const key: ChachaKey = zeroed();
const keyLock: SpinLock = zeroed();

export function randomInit(): void {
  const seed = elements(programModule().randomSeed);
  // SAFETY: key and seed are 32 bytes of plain integers.
  copyBytes(castPtr<u8>(key), seed, u64(CHACHA_KEY_BYTES));
  // The module's copy would let a reader of its memory compute everything that was ever given out.
  fillBytes(seed, 0, u64(CHACHA_KEY_BYTES));
  if (isAllZero()) {
    seedHere();
  }
}

function isAllZero(): bool {
  const bytes = castPtr<u8>(key);
  let any: u8 = 0;
  for (let i: u32 = 0; i < CHACHA_KEY_BYTES; i++) {
    any |= bytes[i];
  }
  return any === 0;
}

/** A packed image that was booted without a proxy has no host to ask: the processor's generator, and the counter's low bits where it has none. */
function seedHere(): void {
  const features: CpuidResult = zeroed();
  cpuid(1, 0, features);
  const hasGenerator = (features.ecx & CPUID_RDRAND) !== 0;
  if (!hasGenerator) {
    logWarning("random numbers are weak: there is neither a host that gives a seed nor RDRAND");
  }
  // SAFETY: the key is 32 bytes of plain integers.
  const words = castPtr<u64>(key);
  for (let i: u32 = 0; i < CHACHA_KEY_BYTES / 8; i++) {
    words[i] = hasGenerator ? rdrand() : rdtsc() * 0x9e37_79b9_7f4a_7c15n;
    words[i] ^= rdtsc();
  }
}

export function randomBytes(out: Ptr<u8>, count: u64): void {
  using _guard = lockAcquire(keyLock);
  randomFill(key, out, count);
}

/**
 * Two words for AT_RANDOM. The first program's come from the host, because most programs want no more: the generator need not run, which
 * costs an emulated processor half a millisecond of translating it.
 */
export function randomForProgram(out: Ptr<u64>): void {
  const given = programModule().programRandom;
  if ((given[0] | given[1]) === 0n) {
    // SAFETY: 16 bytes of plain integers.
    randomBytes(castPtr<u8>(out), 16n);
    return;
  }
  for (let i: u32 = 0; i < 2; i++) {
    out[i] = given[i];
    // As with the seed.
    given[i] = 0n;
  }
}

export function sysGetrandom(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a2);
  if ((flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) !== 0) {
    return i64(-EINVAL);
  }
  if ((flags & (GRND_RANDOM | GRND_INSECURE)) === (GRND_RANDOM | GRND_INSECURE)) {
    return i64(-EINVAL);
  }
  const chunk: Bytes<512> = zeroed();
  const wanted = call.a1 < MOST_BYTES ? call.a1 : MOST_BYTES;
  let done: u64 = 0n;
  while (done < wanted) {
    const part = wanted - done < CHUNK_BYTES ? wanted - done : CHUNK_BYTES;
    randomBytes(elements(chunk), part);
    if (userWrite(VirtAddr(call.a0 + done), elements(chunk), part) !== 0n) {
      return done > 0n ? i64(done) : i64(-EFAULT);
    }
    done += part;
  }
  return i64(done);
}
