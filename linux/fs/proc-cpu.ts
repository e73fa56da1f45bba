/** /proc/cpuinfo: what CPUID says, under the names that Linux gives to its bits (arch/x86/include/asm/cpufeatures.h). */

import { tscFrequencyKhz } from "../../kernel/time/clock.ts";
import { type CpuidResult, cpuid } from "../../nucleus/cpu.ts";
import { onlineProcessors } from "./processors.ts";
import { put, putBytes, putCString, putNumber, type Text, textFree } from "./text.ts";

/** Names by bit; "-": a bit without one. */
const LEAF_1_EDX =
  "fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36 pn clflush - dts acpi mmx fxsr sse sse2 ss ht tm ia64 pbe";
const LEAF_1_ECX =
  "pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg fma cx16 xtpr pdcm - pcid dca sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline_timer aes xsave - avx f16c rdrand hypervisor";
const LEAF_7_EBX =
  "fsgsbase tsc_adjust - bmi1 hle avx2 - smep bmi2 erms invpcid rtm - - mpx - avx512f avx512dq rdseed adx smap avx512ifma - clflushopt clwb intel_pt avx512pf avx512er avx512cd sha_ni avx512bw avx512vl";
const LEAF_7_ECX =
  "avx512vbmi umip pku ospke waitpkg avx512_vbmi2 - gfni vaes vpclmulqdq avx512_vnni avx512_bitalg - - avx512_vpopcntdq - la57 - - - - - rdpid - - cldemote - movdiri movdir64b enqcmd - -";
const EXTENDED_EDX =
  "- - - - - - - - - - - syscall - - - - - - - mp nx - mmxext - - fxsr_opt pdpe1gb rdtscp - lm 3dnowext 3dnow";
const EXTENDED_ECX =
  "lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch osvw ibs xop skinit wdt - lwp fma4 tce - nodeid_msr - tbm topoext perfctr_core perfctr_nb - bpext ptsc perfctr_llc mwaitx - -";

const BRAND_LEAVES = 3;
const KHZ_PER_MHZ = 1000n;

export function writeCpuInfo(text: Text, _argument: u64): void {
  const flags: Text = zeroed();
  const head: Text = zeroed();
  writeHead(head);
  writeFlags(flags);
  const count = onlineProcessors();
  for (let cpu: u32 = 0; cpu < count; cpu++) {
    put(text, `processor\t: ${cpu}\n`);
    putText(text, head);
    put(text, `physical id\t: 0\nsiblings\t: ${count}\ncore id\t\t: ${cpu}\ncpu cores\t: ${count}\n`);
    put(text, `apicid\t\t: ${cpu}\ninitial apicid\t: ${cpu}\nfpu\t\t: yes\nfpu_exception\t: yes\n`);
    put(text, "cpuid level\t: ");
    putNumber(text, u64(highestLeaf()));
    put(text, "\nwp\t\t: yes\nflags\t\t:");
    putText(text, flags);
    putTail(text);
  }
  textFree(flags);
  textFree(head);
}

function putText(text: Text, part: Text): void {
  const data = part.data;
  if (data !== null) {
    putBytes(text, sliceOf(data, part.length));
  }
}

function highestLeaf(): u32 {
  const result: CpuidResult = zeroed();
  cpuid(0, 0, result);
  return result.eax;
}

/** From the vendor to the cache size: the same for all processors. */
function writeHead(text: Text): void {
  const result: CpuidResult = zeroed();
  cpuid(0, 0, result);
  put(text, "vendor_id\t: ");
  putRegister(text, result.ebx);
  putRegister(text, result.edx);
  putRegister(text, result.ecx);
  cpuid(1, 0, result);
  const family = (result.eax >> 8) & 15;
  const model = (result.eax >> 4) & 15;
  const isExtended = family === 15 || family === 6;
  put(text, `\ncpu family\t: ${family === 15 ? family + ((result.eax >> 20) & 255) : family}\n`);
  put(text, `model\t\t: ${isExtended ? model | (((result.eax >> 16) & 15) << 4) : model}\n`);
  put(text, "model name\t: ");
  putBrand(text);
  const khz = tscFrequencyKhz();
  put(text, `\nstepping\t: ${result.eax & 15}\ncpu MHz\t\t: ${khz / KHZ_PER_MHZ}.${padded(khz % KHZ_PER_MHZ, 3)}\n`);
}

function putBrand(text: Text): void {
  const result: CpuidResult = zeroed();
  cpuid(0x8000_0000, 0, result);
  if (result.eax < 0x8000_0004) {
    put(text, "unknown");
    return;
  }
  const name: FixedArray<u32, 13> = zeroed();
  for (let i: u32 = 0; i < BRAND_LEAVES; i++) {
    cpuid(0x8000_0002 + i, 0, result);
    name[i * 4] = result.eax;
    name[i * 4 + 1] = result.ebx;
    name[i * 4 + 2] = result.ecx;
    name[i * 4 + 3] = result.edx;
  }
  // SAFETY: 48 bytes of text and a NUL.
  putCString(text, castPtr<u8>(elements(name)), 48);
}

function putRegister(text: Text, value: u32): void {
  let word = value;
  // SAFETY: four bytes of a local.
  putCString(text, castPtr<u8>(addressOf(word)), 4);
}

function writeFlags(text: Text): void {
  const result: CpuidResult = zeroed();
  cpuid(1, 0, result);
  putNames(text, LEAF_1_EDX, result.edx);
  putNames(text, LEAF_1_ECX, result.ecx);
  cpuid(0x8000_0000, 0, result);
  const highest = result.eax;
  if (highest >= 0x8000_0001) {
    cpuid(0x8000_0001, 0, result);
    putNames(text, EXTENDED_EDX, result.edx);
    putNames(text, EXTENDED_ECX, result.ecx);
  }
  if (highest >= 0x8000_0008) {
    cpuid(0x8000_0008, 0, result);
    putNames(text, "clzero", result.ebx);
  }
  if (highestLeaf() >= 7) {
    cpuid(7, 0, result);
    putNames(text, LEAF_7_EBX, result.ebx);
    putNames(text, LEAF_7_ECX, result.ecx);
  }
  put(text, " constant_tsc rep_good nopl cpuid\n");
}

/** The names of the bits that are set, each behind a space. */
function putNames(text: Text, names: string, bits: u32): void {
  let start: u32 = 0;
  let bit: u32 = 0;
  for (let i: u32 = 0; i <= names.length; i++) {
    if (i === names.length || names.byteAt(i) === 32) {
      if (((bits >> bit) & 1) !== 0 && names.byteAt(start) !== 45) {
        put(text, " ");
        put(text, names.slice(start, i));
      }
      start = i + 1;
      bit++;
    }
  }
}

function putTail(text: Text): void {
  const result: CpuidResult = zeroed();
  cpuid(0x8000_0000, 0, result);
  let sizes: u32 = 0x3028;
  if (result.eax >= 0x8000_0008) {
    cpuid(0x8000_0008, 0, result);
    sizes = result.eax;
  }
  const bogo = (tscFrequencyKhz() * 2n) / KHZ_PER_MHZ;
  put(text, `bogomips\t: ${bogo}.00\nclflush size\t: 64\ncache_alignment\t: 64\n`);
  put(text, `address sizes\t: ${sizes & 255} bits physical, ${(sizes >> 8) & 255} bits virtual\npower management:\n\n`);
}
