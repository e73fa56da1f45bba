/**
 * What the CPUID instruction tells a guest: the host's answers, narrowed to what works in a guest without anybody's help.
 *
 * KVM_GET_SUPPORTED_CPUID would give the full list, but it runs some hundred CPUID instructions in the kernel, and on a host that is
 * itself a virtual machine each of them is an exit to the host below (0.37 ms of a start of 1.4 ms). A guest of ours needs few
 * leaves: vendor, features, extended state, caches, address sizes. Each feature bit let through is either an instruction that
 * KVM neither intercepts nor needs state for beyond XSAVE, or one that every KVM emulates (x2APIC, TSC deadline); the rest stays
 * off. KVM judges the result when XCR0 is set: where it refuses, the caller falls back to the full list. Intel SDM volume 2, CPUID;
 * AMD64 APM volume 3, appendix E.
 */

import { KVM_CPUID_FLAG_SIGNIFCANT_INDEX, type KvmCpuid } from "../abi/kvm.ts";
import { XCR0_AVX, XCR0_AVX512, XCR0_X87_SSE } from "../abi/x86-registers.ts";

/**
 * Leaf 1, ECX: SSE3 0, PCLMULQDQ 1, SSSE3 9, FMA 12, CMPXCHG16B 13, SSE4.1 19, SSE4.2 20, x2APIC 21, MOVBE 22, POPCNT 23,
 * TSC deadline 24, AES 25, XSAVE 26, AVX 28, F16C 29, RDRAND 30.
 */
const LEAF1_ECX = 0x77f8_3203;
/** Always: TSC deadline and x2APIC are the in-kernel APIC's, and this is a virtual machine (bit 31). */
const LEAF1_ECX_ALWAYS = 0x8120_0000;
/** Leaf 1, EDX: everything up to SSE2 but sysenter's obsolete neighbours PSN, DS, ACPI, SS, HTT, TM, PBE. */
const LEAF1_EDX = 0x078b_fbff;
/**
 * Leaf 7, EBX: FSGSBASE 0, BMI1 3, AVX2 5, BMI2 8, ERMS 9, AVX512F 16, AVX512DQ 17, RDSEED 18, ADX 19, AVX512_IFMA 21, CLFLUSHOPT 23,
 * CLWB 24, AVX512CD 28, SHA 29, AVX512BW 30, AVX512VL 31.
 */
const LEAF7_EBX = 0xf1af_0329;
/** Leaf 7, ECX: AVX512_VBMI 1, VBMI2 6, GFNI 8, VAES 9, VPCLMULQDQ 10, VNNI 11, BITALG 12, VPOPCNTDQ 14. */
const LEAF7_ECX = 0x5f42;
/** Leaf 7, EDX: fast short REP MOV 4. */
const LEAF7_EDX = 0x10;
/** Leaf 0xD.1, EAX: XSAVEOPT 0, XSAVEC 1, XGETBV with ECX=1 2; not XSAVES, which is for kernels. */
const LEAFD1_EAX = 0x7;
/** Leaf 0x8000_0001, ECX: LAHF 0, ABM 5, SSE4A 6, MISALIGNSSE 7, PREFETCHW 8, XOP 11, FMA4 16, TBM 21, topology extensions 22. */
const LEAF_EXT1_ECX = 0x0061_09e1;
/** Leaf 0x8000_0001, EDX: the copies of leaf 1 on AMD, SYSCALL 11, NX 20, MMXEXT 22, FFXSR 25, RDTSCP 27, LM 29. */
const LEAF_EXT1_EDX = 0x2bd3_fbff;
/** Invariant TSC. */
const LEAF_EXT7_EDX = 0x100;
/** CLZERO, an instruction of AMD's that anybody may use. */
const LEAF_EXT8_EBX = 0x1;

const FEATURE_VMX = 0x20;
const FEATURE_SVM = 0x4;
const FEATURE_FSGSBASE = 0x1;
const FEATURE_XSAVE = 0x0400_0000;
const FEATURE_AVX = 0x1000_0000;
const FEATURE_AVX512F = 0x0001_0000;
const FEATURE_PDPE1GB = 0x0400_0000;
const FEATURE_TOPOEXT = 0x0040_0000;
/** "TCGTCGTCGTCG" in three words. */
const SIGNATURE_TCG_EBX = 0x5447_4354;
const SIGNATURE_TCG_ECX = 0x4354_4743;
const SIGNATURE_TCG_EDX = 0x4743_5447;
const MAX_CACHE_LEAVES = 5;
/** In EAX of a cache's leaf; level 3 is the last that processors describe, and asking for one behind it is another exit. */
const CACHE_TYPE = 0x1f;
const CACHE_LEVEL = 0xe0;
const LAST_LEVEL = 0x60;

/** What the monitor itself needs to know of the guest's processor. */
export class CpuFeatures {
  hasFsgsbase!: bool;
  hasXsave!: bool;
  hasHugePages!: bool;
  /** KVM_RUN takes registers from the mapping of a vCPU. Not the processor's, but KVM's. */
  hasSyncRegs!: bool;
  /** The parts of the extended state that XCR0 enables. */
  xcr0!: u64;
  /**
   * The processor is QEMU's TCG, whose check of the I/O bitmap knows the type of a TSS only as it was before the processor marked it
   * busy (target/i386/tcg/seg_helper.c), and denies every port to a guest in ring 3 whose task register says "busy".
   */
  wantsIdleTss!: bool;
}

class CpuidResult {
  eax!: u32;
  ebx!: u32;
  ecx!: u32;
  edx!: u32;
}

/** Fills `cpuid` for a guest from the processor that this runs on. */
export function cpuidFromHost(cpuid: KvmCpuid): void {
  cpuid.nent = 0;
  const basic = new CpuidResult();
  askProcessor(0, 0, basic);
  const maxBasic = basic.eax < 0xd ? basic.eax : 0xd;
  addLeaf(cpuid, 0, 0, 0, maxBasic, basic.ebx, basic.ecx, basic.edx);
  const hasCaches = addExtendedLeaves(cpuid);
  addFeatureLeaves(cpuid, maxBasic, hasCaches);
}

/** Reads from a list, our own or KVM's, what the monitor needs. */
export function cpuFeatures(cpuid: KvmCpuid, features: CpuFeatures): void {
  zero(features);
  features.wantsIdleTss = isEmulatedProcessor();
  for (let i: u32 = 0; i < cpuid.nent; i += 1) {
    const entry = cpuid.entries[i];
    if (entry.function === 1) {
      features.hasXsave = (entry.ecx & FEATURE_XSAVE) !== 0;
    } else if (entry.function === 7 && entry.index === 0) {
      features.hasFsgsbase = (entry.ebx & FEATURE_FSGSBASE) !== 0;
    } else if (entry.function === 0xd && entry.index === 0) {
      features.xcr0 = usableState(u64(entry.eax));
    } else if (entry.function === 0x8000_0001) {
      features.hasHugePages = (entry.edx & FEATURE_PDPE1GB) !== 0;
    }
  }
}

/** Gives the vCPU its own APIC number in leaf 1; KVM wants the list per vCPU. */
export function cpuidSetApic(cpuid: KvmCpuid, apic: u32): void {
  for (let i: u32 = 0; i < cpuid.nent; i += 1) {
    const entry = cpuid.entries[i];
    if (entry.function === 1) entry.ebx = (entry.ebx & 0x0000_ffff) | (1 << 16) | (apic << 24);
  }
}

/** Whether this runs on QEMU's TCG: the signature of leaf 0x4000_0000. A processor without a hypervisor answers with another leaf. */
function isEmulatedProcessor(): bool {
  const leaf = new CpuidResult();
  askProcessor(0x4000_0000, 0, leaf);
  return leaf.ebx === SIGNATURE_TCG_EBX && leaf.ecx === SIGNATURE_TCG_ECX && leaf.edx === SIGNATURE_TCG_EDX;
}

/**
 * Whether the processor helps KVM at all (VMX, SVM). Where KVM works without, it runs ring 3 natively and does everything else in software: ring
 * 0 instruction by instruction, and page tables by tables of its own that it fills fault by fault.
 */
export function cpuidHasVirtualization(): bool {
  const leaf = new CpuidResult();
  askProcessor(1, 0, leaf);
  if ((leaf.ecx & FEATURE_VMX) !== 0) return true;
  askProcessor(0x8000_0001, 0, leaf);
  return (leaf.ecx & FEATURE_SVM) !== 0;
}

/** Whole parts only: AVX-512 needs AVX, and its three parts come together. */
function usableState(available: u64): u64 {
  let state: u64 = XCR0_X87_SSE;
  if ((available & XCR0_AVX) !== 0n) {
    state |= XCR0_AVX;
    if ((available & XCR0_AVX512) === XCR0_AVX512) state |= XCR0_AVX512;
  }
  return state;
}

function addFeatureLeaves(cpuid: KvmCpuid, maxBasic: u32, hasCaches: bool): void {
  const features = new CpuidResult();
  askProcessor(1, 0, features);
  const ecx = (features.ecx & LEAF1_ECX) | LEAF1_ECX_ALWAYS;
  addLeaf(cpuid, 1, 0, 0, features.eax, features.ebx & 0xff00, ecx, features.edx & LEAF1_EDX);
  if (maxBasic >= 4 && !hasCaches) addCacheLeaves(cpuid, 4);
  let hasAvx512 = false;
  if (maxBasic >= 7) {
    const more = new CpuidResult();
    askProcessor(7, 0, more);
    hasAvx512 = (more.ebx & FEATURE_AVX512F) !== 0;
    const flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
    addLeaf(cpuid, 7, 0, flags, 0, more.ebx & LEAF7_EBX, more.ecx & LEAF7_ECX, more.edx & LEAF7_EDX);
  }
  const hasAvx = (features.ecx & FEATURE_AVX) !== 0;
  if (maxBasic >= 0xd && (features.ecx & FEATURE_XSAVE) !== 0) addStateLeaves(cpuid, hasAvx, hasAvx512);
}

/** Leaf 0xD: sizes and offsets of the parts of the XSAVE area, which differ between makers. */
function addStateLeaves(cpuid: KvmCpuid, hasAvx: bool, hasAvx512: bool): void {
  const flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
  const part = new CpuidResult();
  askProcessor(0xd, 0, part);
  let wanted: u64 = XCR0_X87_SSE;
  if (hasAvx) wanted |= XCR0_AVX;
  if (hasAvx512) wanted |= XCR0_AVX512;
  const state = usableState(u64(part.eax) & wanted);
  addLeaf(cpuid, 0xd, 0, flags, u32(state), part.ebx, part.ecx, 0);
  askProcessor(0xd, 1, part);
  addLeaf(cpuid, 0xd, 1, flags, part.eax & LEAFD1_EAX, part.ebx, 0, 0);
  for (let index: u32 = 2; index < 8; index += 1) {
    if (((state >> u64(index)) & 1n) === 0n) continue;
    askProcessor(0xd, index, part);
    addLeaf(cpuid, 0xd, index, flags, part.eax, part.ebx, part.ecx, part.edx);
  }
}

/** Whether there are AMD's leaves of caches among them; Intel's are empty then. */
function addExtendedLeaves(cpuid: KvmCpuid): bool {
  const first = new CpuidResult();
  askProcessor(0x8000_0000, 0, first);
  if (first.eax < 0x8000_0001) return false;
  const most: u32 = first.eax < 0x8000_001d ? first.eax : 0x8000_001d;
  addLeaf(cpuid, 0x8000_0000, 0, 0, most, first.ebx, first.ecx, first.edx);
  const features = new CpuidResult();
  askProcessor(0x8000_0001, 0, features);
  const ecx = features.ecx & LEAF_EXT1_ECX;
  addLeaf(cpuid, 0x8000_0001, 0, 0, features.eax, 0, ecx, features.edx & LEAF_EXT1_EDX);
  const leaf = new CpuidResult();
  for (let number: u32 = 0x8000_0005; number <= 0x8000_0006 && number <= most; number += 1) {
    askProcessor(number, 0, leaf);
    addLeaf(cpuid, number, 0, 0, leaf.eax, leaf.ebx, leaf.ecx, leaf.edx);
  }
  if (most >= 0x8000_0007) {
    askProcessor(0x8000_0007, 0, leaf);
    addLeaf(cpuid, 0x8000_0007, 0, 0, 0, 0, 0, leaf.edx & LEAF_EXT7_EDX);
  }
  if (most >= 0x8000_0008) {
    askProcessor(0x8000_0008, 0, leaf);
    addLeaf(cpuid, 0x8000_0008, 0, 0, leaf.eax & 0xffff, leaf.ebx & LEAF_EXT8_EBX, 0, 0);
  }
  const hasCaches = most >= 0x8000_001d && (features.ecx & FEATURE_TOPOEXT) !== 0;
  if (hasCaches) addCacheLeaves(cpuid, 0x8000_001d);
  return hasCaches;
}

/** Sub-leaves that each describe a cache, to the one of the last level or of the type 0. libc's memcpy chooses by them. */
function addCacheLeaves(cpuid: KvmCpuid, number: u32): void {
  const cache = new CpuidResult();
  for (let index: u32 = 0; index < MAX_CACHE_LEAVES; index += 1) {
    askProcessor(number, index, cache);
    addLeaf(cpuid, number, index, KVM_CPUID_FLAG_SIGNIFCANT_INDEX, cache.eax, cache.ebx, cache.ecx, cache.edx);
    if ((cache.eax & CACHE_TYPE) === 0 || (cache.eax & CACHE_LEVEL) === LAST_LEVEL) return;
  }
}

function addLeaf(cpuid: KvmCpuid, number: u32, index: u32, flags: u32, eax: u32, ebx: u32, ecx: u32, edx: u32): void {
  const entry = cpuid.entries[cpuid.nent];
  entry.function = number;
  entry.index = index;
  entry.flags = flags;
  entry.eax = eax;
  entry.ebx = ebx;
  entry.ecx = ecx;
  entry.edx = edx;
  cpuid.nent += 1;
}

function askProcessor(number: u32, index: u32, result: CpuidResult): void {
  // SAFETY: CPUID changes these four registers and nothing else.
  result.eax = asm<u32>`cpuid ${output("eax")} ${outputTo("ebx", result.ebx)} ${outputTo("ecx", result.ecx)} ${outputTo("edx", result.edx)} ${input("eax", number)} ${input("ecx", index)}`;
}
