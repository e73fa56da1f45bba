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

/** Tells the processor that it is in a spin loop. */
export function spinPause(): void {
  // SAFETY: a hint.
  asm`pause`;
}
