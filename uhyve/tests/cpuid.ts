/** The list of CPUID leaves that guests get: what must be in it on any x86-64 host, and what must not. */

import type { KvmCpuid } from "../../abi/kvm.ts";
import { SYS_close, SYS_open, SYS_read } from "../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { type CpuFeatures, cpuFeatures, cpuidFromHost, cpuidHasVirtualization, cpuidSetApic } from "../cpuid.ts";

const cpuid: KvmCpuid = zeroed();
const features: CpuFeatures = zeroed();
const description: Bytes<4096> = zeroed();

export function cpuidTests(): void {
  test("CPUID: leaves of an x86-64 processor", leavesOfProcessor);
  test("CPUID: nothing that needs help from a hypervisor", withoutHelp);
  test("CPUID: extended state comes in whole parts", stateParts);
  test("CPUID: CLZERO is offered where the processor has it", clearingLines);
  test("CPUID: whether the processor helps KVM, as Linux says it", virtualization);
}

/** Index of the leaf, or -1. */
function find(number: u32, index: u32): i32 {
  for (let i: u32 = 0; i < cpuid.nent; i += 1) {
    if (cpuid.entries[i].function === number && cpuid.entries[i].index === index) return i32(i);
  }
  return -1;
}

function leavesOfProcessor(): void {
  cpuidFromHost(cpuid);
  expect(find(0, 0) === 0, "leaf 0 comes first");
  expect(find(1, 0) >= 0 && find(0x8000_0000, 0) >= 0, "features and extended leaves");
  const extended = cpuid.entries[u32(find(0x8000_0001, 0))];
  expect((extended.edx & 0x2010_0800) === 0x2010_0800, "long mode, NX and SYSCALL");
  cpuidSetApic(cpuid, 5);
  expectEqual(i64(cpuid.entries[u32(find(1, 0))].ebx >> 24), 5n);
  for (let i: u32 = 0; i < cpuid.nent; i += 1) {
    const entry = cpuid.entries[i];
    expect(find(entry.function, entry.index) === i32(i), "no leaf twice");
  }
}

/** What Linux says of the first processor, whose flags stand in the first two kilobytes. */
function describeProcessor(): string {
  const fd = linuxCall(SYS_open, callPointer("/proc/cpuinfo\0".data), 0n);
  expect(fd >= 0n, "Linux describes its processors");
  const read = linuxCall(SYS_read, u64(fd), callPointer(elements(description)), u64(description.length));
  void linuxCall(SYS_close, u64(fd));
  const text = stringOf(elements(description), u64(read));
  expect(contains(text, " lm "), "the flags are there");
  return text;
}

function clearingLines(): void {
  cpuidFromHost(cpuid);
  const sizes = find(0x8000_0008, 0);
  expect(sizes >= 0, "address sizes");
  expectEqual(i64(cpuid.entries[u32(sizes)].ebx), contains(describeProcessor(), " clzero ") ? 1n : 0n);
}

function virtualization(): void {
  const text = describeProcessor();
  expect(cpuidHasVirtualization() === (contains(text, " vmx ") || contains(text, " svm ")), "as Linux says it");
}

function contains(text: string, part: string): bool {
  for (let i: u32 = 0; i + part.length <= text.length; i += 1) {
    if (text.slice(i, i + part.length) === part) return true;
  }
  return false;
}

function withoutHelp(): void {
  cpuidFromHost(cpuid);
  const basic = cpuid.entries[u32(find(1, 0))];
  expect((basic.ecx & 0x8000_0000) !== 0, "it is a virtual machine");
  expect((basic.ecx & 0x0800_0060) === 0, "no VMX, SMX, and OSXSAVE is the guest's own");
  expect((basic.ecx & 0x8) === 0, "no MONITOR");
  const seven = find(7, 0);
  expect(seven < 0 || (cpuid.entries[u32(seven)].ebx & 0x0010_0480) === 0, "no SMEP, SMAP, INVPCID");
  cpuFeatures(cpuid, features);
  expect(!features.hasHugePages, "no pages of 1 GiB, which not every KVM shadows");
}

function stateParts(): void {
  cpuidFromHost(cpuid);
  cpuFeatures(cpuid, features);
  expect(!features.hasXsave || (features.xcr0 & 3n) === 3n, "x87 and SSE");
  const avx512 = features.xcr0 & 0xe0n;
  expect(avx512 === 0n || (avx512 === 0xe0n && (features.xcr0 & 4n) !== 0n), "AVX-512 whole and with AVX");
  expect((features.xcr0 & ~0xe7n) === 0n, "nothing else");
  for (let part: u32 = 2; part < 8; part += 1) {
    const isOn = ((features.xcr0 >> u64(part)) & 1n) !== 0n;
    expect(!features.hasXsave || isOn === find(0xd, part) >= 0, "a place for each part and no other");
  }
}
