/** What a guest may ask for when it starts a processor: the right thing once, and nothing else. */

import { BOOT_ABI_VERSION, type CpuStart, IMAGE_MAGIC, type ImageHeader } from "../../abi/boot-info.ts";
import { ELF_MAGIC, type Elf64Ehdr, type Elf64Phdr, PF_R, PT_LOAD } from "../../abi/elf.ts";
import { KERNEL_BASE, KERNEL_PHYS } from "../../abi/memory-map.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { guestMemoryInit } from "../guest-memory.ts";
import type { Machine } from "../machine.ts";
import { StartError, startCheck, startTaken } from "../start-vcpu.ts";

const RAM_BYTES = 0x21_0000n;
const IMAGE_BYTES = 0x2000n;
const STARTS = 0x1000n;
const CPU_COUNT = 4;

/** @align 4096 */
const file: Bytes<0x2000> = zeroed();
/** @align 4096 */
const ram: Bytes<0x21_0000> = zeroed();
const machine: Machine = zeroed();

export function startVcpuTests(): void {
  test("start of a processor: its CpuStart is taken, once", takenOnce);
  test("start of a processor: numbers that are none", badIndices);
  test("start of a processor: the guest's own header does not count", headerOfFile);
  test("start of a processor: images without a place for it", badPlaces);
}

function fileHeader(): Ptr<ImageHeader> {
  // SAFETY: `file` is aligned to a page.
  return castPtr<ImageHeader>(elements(file).add(0x1000n));
}

/** The CpuStart of processor `index` as a guest would fill it. */
function startOf(index: u32): Ptr<CpuStart> {
  return castPtr<CpuStart>(elements(ram).add(KERNEL_PHYS + STARTS)).add(index);
}

/** A machine of four processors whose image is a page of header and a page with the CpuStarts. */
function begin(): void {
  zero(machine);
  fillBytes(elements(file), 0, 0x2000n);
  fillBytes(elements(ram), 0, RAM_BYTES);
  guestMemoryInit(machine.memory, elements(ram), RAM_BYTES);
  const elf = castPtr<Elf64Ehdr>(elements(file));
  castPtr<u32>(elements(file)).value = ELF_MAGIC;
  elf.e_phoff = u64(sizeOf<Elf64Ehdr>());
  elf.e_phentsize = u16(sizeOf<Elf64Phdr>());
  elf.e_phnum = 1;
  const segment = castPtr<Elf64Phdr>(elements(file).add(sizeOf<Elf64Ehdr>()));
  segment.p_type = PT_LOAD;
  segment.p_flags = PF_R;
  segment.p_vaddr = KERNEL_BASE;
  segment.p_offset = 0x1000n;
  segment.p_filesz = 0x1000n;
  segment.p_memsz = IMAGE_BYTES;
  const header = fileHeader();
  header.magic = IMAGE_MAGIC;
  header.version = BOOT_ABI_VERSION;
  header.imageBytes = IMAGE_BYTES;
  header.maxCpus = 64;
  header.cpuStarts = VirtAddr(KERNEL_BASE + STARTS);
  machine.kernelFile = sliceOf(elements(file), 0x2000n);
  machine.cpuCount = CPU_COUNT;
}

function takenOnce(): void {
  begin();
  startOf(2).entry = VirtAddr(0x1234n);
  startOf(2).pml4 = PhysAddr(0x5000n);
  expect(startCheck(machine, 2) === StartError.None, "a processor that is there");
  startOf(2).entry = VirtAddr(0x6666n);
  expectEqual(i64(u64(startTaken(2).entry)), 0x1234n);
  expectEqual(i64(u64(startTaken(2).pml4)), 0x5000n);
  expect(startCheck(machine, 2) === StartError.AlreadyStarted, "not twice");
  expectEqual(i64(u64(startTaken(2).entry)), 0x1234n);
  expect(startCheck(machine, 3) === StartError.None, "another one");
}

function badIndices(): void {
  begin();
  expect(startCheck(machine, 0) === StartError.NoSuchProcessor, "the first runs already");
  expect(startCheck(machine, CPU_COUNT) === StartError.NoSuchProcessor, "one too many");
  expect(startCheck(machine, 64) === StartError.NoSuchProcessor, "beyond every table");
  expect(startCheck(machine, u32.MAX) === StartError.NoSuchProcessor, "the largest");
}

function headerOfFile(): void {
  begin();
  const inGuest = castPtr<ImageHeader>(elements(ram).add(KERNEL_PHYS));
  inGuest.cpuStarts = VirtAddr(0x10n);
  expect(startCheck(machine, 1) === StartError.None, "the file names the place");
}

function badPlaces(): void {
  begin();
  fileHeader().cpuStarts = VirtAddr(0n);
  expect(startCheck(machine, 1) === StartError.NoCpuStart, "no place");
  fileHeader().cpuStarts = VirtAddr(KERNEL_BASE + STARTS + 1n);
  expect(startCheck(machine, 1) === StartError.NoCpuStart, "a crooked place");
  fileHeader().cpuStarts = VirtAddr(KERNEL_BASE + IMAGE_BYTES - 95n);
  expect(startCheck(machine, 1) === StartError.NoCpuStart, "crosses the image's end");
  fileHeader().cpuStarts = VirtAddr(u64.MAX);
  expect(startCheck(machine, 1) === StartError.NoCpuStart, "wraps around");
  fileHeader().cpuStarts = VirtAddr(KERNEL_BASE + STARTS);
  fileHeader().maxCpus = 1;
  expect(startCheck(machine, 1) === StartError.NoCpuStart, "an image for one processor");
  expect(machine.vcpus[1].isStarted.load(Order.Relaxed) === 0, "refusals start nothing");
}
