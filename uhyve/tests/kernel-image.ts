/** Loading a kernel image: a sound file, and files that a broken build could produce. */

import { BOOT_ABI_VERSION, IMAGE_MAGIC, ImageHeader } from "../../abi/boot-info.ts";
import { ELF_MAGIC, type Elf64Ehdr, type Elf64Phdr, PF_R, PF_W, PF_X, PT_LOAD } from "../../abi/elf.ts";
import { KERNEL_BASE, KERNEL_PHYS } from "../../abi/memory-map.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { type GuestMemory, guestMemoryInit } from "../guest-memory.ts";
import {
  IMAGE_MAX_BYTES,
  ImageError,
  imageContains,
  imageFileAt,
  imageHeader,
  imageLoad,
  imageMap,
} from "../kernel-image.ts";
import { type TableBuilder, tableBuilderInit } from "../page-tables.ts";
import { NOT_MAPPED, walkTables } from "../page-walk.ts";

const FILE_BYTES = 0x3000;
const RAM_BYTES = 0x21_0000n;
const CODE = 0x1000n;

/** @align 4096 */
const file: Bytes<0x3000> = zeroed();
/** @align 4096 */
const ram: Bytes<0x21_0000> = zeroed();
const memory: GuestMemory = zeroed();
const builder: TableBuilder = zeroed();

export function kernelImageTests(): void {
  test("image: segments come to their places", sound);
  test("image: code and data are mapped by their rights", mapped);
  test("image: entry code of other machines is left out", bootCode);
  test("image: files that are none", notElf);
  test("image: segments that cannot be", badSegments);
  test("image: more than the guest has", tooLarge);
  test("image: a header of another version", otherVersion);
  test("image: what lies in it and what does not", containment);
  test("image: bytes by address from the file", fileBytes);
}

function elf(): Ptr<Elf64Ehdr> {
  // SAFETY: `file` is aligned to a page.
  return castPtr<Elf64Ehdr>(elements(file));
}

function segment(index: u32): Ptr<Elf64Phdr> {
  return castPtr<Elf64Phdr>(elements(file).add(sizeOf<Elf64Ehdr>())).add(index);
}

function setSegment(index: u32, address: u64, offset: u64, bytes: u64, memoryBytes: u64, flags: u32): void {
  const s = segment(index);
  s.p_type = PT_LOAD;
  s.p_flags = flags;
  s.p_vaddr = address;
  s.p_offset = offset;
  s.p_filesz = bytes;
  s.p_memsz = memoryBytes;
}

/** A header page and a page of data with as much again that is zero. */
function start(): void {
  fillBytes(elements(file), 0, u64(FILE_BYTES));
  fillBytes(elements(ram), 0, RAM_BYTES);
  guestMemoryInit(memory, elements(ram), RAM_BYTES);
  castPtr<u32>(elements(file)).value = ELF_MAGIC;
  elf().e_phoff = u64(sizeOf<Elf64Ehdr>());
  elf().e_phentsize = u16(sizeOf<Elf64Phdr>());
  elf().e_phnum = 2;
  setSegment(0, KERNEL_BASE, CODE, 0x1000n, 0x1000n, PF_R | PF_X);
  setSegment(1, KERNEL_BASE + 0x1000n, 0x2000n, 0x800n, 0x2000n, PF_R | PF_W);
  const header = castPtr<ImageHeader>(elements(file).add(CODE));
  header.magic = IMAGE_MAGIC;
  header.version = BOOT_ABI_VERSION;
  header.imageBytes = 0x3000n;
  file[0x2000] = 0x5a;
}

function load(): ImageError {
  return imageLoad(memory, sliceOf(elements(file), u64(FILE_BYTES)));
}

function sound(): void {
  start();
  expect(load() === ImageError.None, "it is loaded");
  const header = imageHeader(memory);
  expect(header !== null && header.imageBytes === 0x3000n, "the header is first");
  expectEqual(i64(ram[0x20_1000]), 0x5an);
  expectEqual(i64(ram[0x20_1800]), 0n);
}

function mapped(): void {
  start();
  assert(tableBuilderInit(builder, addressOf(memory), GuestPhys(0x1000n), GuestPhys(0x9000n)), "room for the root");
  expect(imageMap(builder, sliceOf(elements(file), u64(FILE_BYTES))), "room for tables");
  const root = u64(builder.root);
  expect(walkTables(memory, root, KERNEL_BASE) === KERNEL_PHYS, "the first page");
  expect(walkTables(memory, root, KERNEL_BASE + 0x2fffn) === KERNEL_PHYS + 0x2fffn, "the last byte");
  expect(walkTables(memory, root, KERNEL_BASE + 0x3000n) === NOT_MAPPED, "nothing behind");
}

function bootCode(): void {
  start();
  setSegment(1, 0x10_0000n, 0x2000n, 0x800n, 0x800n, PF_R | PF_X);
  expect(load() === ImageError.None, "the rest is loaded");
  expectEqual(i64(ram[0x10_0000]), 0n);
}

function notElf(): void {
  start();
  elf().e_phentsize = 1;
  expect(load() === ImageError.NotElf, "another size of program headers");
  start();
  elf().e_phnum = 65;
  expect(load() === ImageError.NotElf, "too many of them");
  start();
  elf().e_phoff = 0xffff_ffff_ffff_fff8n;
  expect(load() === ImageError.NotElf, "a table outside of the file");
  start();
  expect(imageLoad(memory, sliceOf(elements(file), 63n)) === ImageError.NotElf, "half a header");
}

function badSegments(): void {
  start();
  segment(1).p_offset = 0x2900n;
  expect(load() === ImageError.BadSegment, "it ends behind the file");
  start();
  segment(1).p_offset = 0xffff_ffff_ffff_f000n;
  expect(load() === ImageError.BadSegment, "its end overflows");
  start();
  segment(1).p_memsz = 0x10n;
  expect(load() === ImageError.BadSegment, "more in the file than in memory");
  start();
  segment(1).p_memsz = 0xffff_ffff_ffff_0000n;
  expect(load() === ImageError.BadSegment, "absurdly large");
}

function tooLarge(): void {
  start();
  segment(1).p_memsz = RAM_BYTES;
  expect(load() === ImageError.NoMemory, "larger than RAM");
}

function otherVersion(): void {
  start();
  castPtr<ImageHeader>(elements(file).add(CODE)).version = BOOT_ABI_VERSION + 1;
  expect(load() === ImageError.BadHeader, "a later version");
  start();
  castPtr<ImageHeader>(elements(file).add(CODE)).magic = 0n;
  expect(load() === ImageError.BadHeader, "no magic");
  start();
  castPtr<ImageHeader>(elements(file).add(CODE)).imageBytes = IMAGE_MAX_BYTES + 1n;
  expect(load() === ImageError.BadHeader, "an absurd size");
}

function containment(): void {
  const header = new ImageHeader();
  header.imageBytes = 0x3000n;
  expect(imageContains(header, VirtAddr(KERNEL_BASE), 0x3000n), "all of it");
  expect(!imageContains(header, VirtAddr(KERNEL_BASE), 0x3001n), "a byte more");
  expect(!imageContains(header, VirtAddr(KERNEL_BASE - 1n), 1n), "before it");
  expect(!imageContains(header, VirtAddr(KERNEL_BASE + 8n), 0xffff_ffff_ffff_ffffn), "an overflow");
}

function fileBytes(): void {
  start();
  const whole = sliceOf(elements(file), u64(FILE_BYTES));
  const place = imageFileAt(whole, VirtAddr(KERNEL_BASE + 0x1000n), 0x800n);
  expect(place !== null && place.value === 0x5a, "data");
  expect(imageFileAt(whole, VirtAddr(KERNEL_BASE + 0x1000n), 0x801n) === null, "the zeros behind are not in the file");
  expect(imageFileAt(whole, VirtAddr(KERNEL_BASE - 1n), 1n) === null, "before the image");
  expect(imageFileAt(whole, VirtAddr(0xffff_ffff_ffff_fff0n), 8n) === null, "far away");
}
