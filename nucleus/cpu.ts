/**
 * Unprivileged instructions that have no other spelling: time-stamp counter, CPUID, XGETBV, pause.
 *
 * CPUID exits to the hypervisor under virtualisation (20–70 µs): call it once per leaf and keep the answer.
 */

export class CpuidResult {
  eax!: u32;
  ebx!: u32;
  ecx!: u32;
  edx!: u32;
}

/** Stores what CPUID answers to `leaf` and `subleaf`. */
export function cpuid(leaf: u32, subleaf: u32, result: CpuidResult): void {
  let eax: u32 = leaf;
  let ecx: u32 = subleaf;
  let ebx: u32 = 0;
  let edx: u32 = 0;
  // SAFETY: cpuid changes these four registers and nothing else.
  asm`cpuid ${inout("eax", eax)} ${inout("ecx", ecx)} ${outputTo("rbx", ebx)} ${outputTo("edx", edx)}`;
  result.eax = eax;
  result.ebx = ebx;
  result.ecx = ecx;
  result.edx = edx;
}

/** The time-stamp counter; not ordered with the instructions around it. */
export function rdtsc(): u64 {
  let high: u32 = 0;
  // SAFETY: reads a counter into two registers.
  const low = asm<u32>`rdtsc ${output("eax")} ${outputTo("edx", high)}`;
  return (u64(high) << 32n) | u64(low);
}

/** Intel's advice (SDM volume 1, 7.3.17.1): a generator that has nothing for so long is broken. */
const RDRAND_TRIES = 10;

/** 64 random bits, or 0n from a generator that does not work. The caller knows that the processor has RDRAND. */
export function rdrand(): u64 {
  let value: u64 = 0n;
  let isGiven: u8 = 0;
  for (let tries: u32 = 0; tries < RDRAND_TRIES && isGiven === 0; tries++) {
    // SAFETY: RDRAND writes its register and the carry flag only.
    asm`rdrand ${outputTo("r", value)}
    setc ${outputTo("q", isGiven)} ${clobber("cc")}`;
  }
  return isGiven === 0 ? 0n : value;
}

/** Tells the processor that it is in a spin loop. */
export function spinPause(): void {
  // SAFETY: a hint.
  asm`pause`;
}
