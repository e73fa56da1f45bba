/**
 * CRC-32C (Castagnoli; RFC 3720, 12.1 and B.4): the checksum that x86-64 has an instruction for (SSE 4.2), which works on general
 * registers. Processors without it take four bits at a time.
 */

import { type CpuidResult, cpuid } from "../../nucleus/cpu.ts";

/** ECX of CPUID leaf 1. */
const CPUID_SSE42 = 0x10_0000;
/** Remainders of the reflected polynomial 0x82f63b78, by the lowest four bits. */
const NIBBLES: FixedArray<u32, 16> = fixedArray(
  0x0000_0000,
  0x105e_c76f,
  0x20bd_8ede,
  0x30e3_49b1,
  0x417b_1dbc,
  0x5125_dad3,
  0x61c6_9362,
  0x7198_540d,
  0x82f6_3b78,
  0x92a8_fc17,
  0xa24b_b5a6,
  0xb215_72c9,
  0xc38d_26c4,
  0xd3d3_e1ab,
  0xe330_a81a,
  0xf36e_6f75,
);

/** The checksum of bytes. */
export function crc32c(bytes: Slice<u8>): u32 {
  const features: CpuidResult = zeroed();
  cpuid(1, 0, features);
  return (features.ecx & CPUID_SSE42) !== 0 ? crc32cByInstruction(bytes) : crc32cByTable(bytes);
}

/** Only where the processor has SSE 4.2. */
export function crc32cByInstruction(bytes: Slice<u8>): u32 {
  let sum: u64 = 0xffff_ffffn;
  let done: u64 = 0n;
  while (bytes.length - done >= 8n) {
    // SAFETY: eight bytes are left, and x86 reads words at any alignment.
    asm`crc32q (${input("r", bytes.data.add(done))}), ${inout("r", sum)} ${clobber("memory")}`;
    done += 8n;
  }
  while (done < bytes.length) {
    // SAFETY: one byte is left.
    asm`crc32b (${input("r", bytes.data.add(done))}), ${inout("r", sum)} ${clobber("memory")}`;
    done += 1n;
  }
  return ~u32.wrap(sum);
}

export function crc32cByTable(bytes: Slice<u8>): u32 {
  let sum: u32 = 0xffff_ffff;
  for (let i: u64 = 0n; i < bytes.length; i += 1n) {
    sum ^= u32(at(bytes, i));
    sum = (sum >> 4) ^ NIBBLES[sum & 15];
    sum = (sum >> 4) ^ NIBBLES[sum & 15];
  }
  return ~sum;
}
