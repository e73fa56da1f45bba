/**
 * An ELF file of the file tree in the address space: the interpreter of a dynamic program, and what execve starts.
 *
 * The file is shown as mmap shows it, privately, so its pages come when they are touched, and what the program changes is its own.
 */

import { PF_R, PF_W, PF_X } from "../abi/elf.ts";
import { EACCES, EIO, ELIBBAD, ELOOP, ENOENT, ENOEXEC, ENOMEM } from "../abi/errno.ts";
import { O_RDONLY, X_OK } from "../abi/linux-files.ts";
import { PAGE_SIZE } from "../abi/memory-map.ts";
import { ElfError, type ElfImage, type ElfSegment, elfCheckFile } from "../compiler/std/elf-check.ts";
import type { ElfFile } from "../compiler/std/elf-file.ts";
import { heapAlloc, heapFree } from "../kernel/mm/heap.ts";
import { Prot } from "../kernel/mm/prot.ts";
import { RegionFlag, RegionTrait } from "../kernel/mm/region-kinds.ts";
import { regionMap, regionMapObject, regionProtect, regionUnmap, type ShownObject } from "../kernel/mm/regions.ts";
import { userZero } from "../kernel/mm/user-access.ts";
import { inodeModePermits } from "./fs/credentials.ts";
import { type File, fileBeginExecute, filePut } from "./fs/file.ts";
import { type Inode, inodeIsLink, inodeIsRegular, inodeKeep, inodePut } from "./fs/inode.ts";
import { fileReadAt } from "./fs/io.ts";
import { workingDirectory } from "./fs/process-files.ts";
import { type Transfer, transferSetKernel } from "./fs/transfer.ts";
import { type Walk, walkEnd, walkRun } from "./fs/walk.ts";
import { programLayout } from "./layout.ts";
import { mappedName } from "./map-file.ts";
import { openInode, placeOfFound } from "./open.ts";

/** A larger file is no program. */
const MOST_BYTES = 0x1_0000_0000n;
/** What is read at once to judge a file. */
const WINDOW_BYTES = 0x2000n;

/** Opens what a walk has found, to be executed; null with `error` set: -ENOENT, -EACCES, -ETXTBSY. Its `place` says where it lies. */
export function fileImageOpen(walk: Walk, error: Ptr<i64>): Ptr<File> | null {
  const inode = walk.inode;
  error.value = refusalToExecute(walk);
  if (error.value !== 0n || inode === null) {
    return null;
  }
  const file = openInode(inodeKeep(inode), O_RDONLY);
  if (file === null) {
    error.value = i64(-EACCES);
    return null;
  }
  error.value = fileBeginExecute(file);
  if (error.value !== 0n) {
    filePut(file);
    return null;
  }
  placeOfFound(addressOf(file.place), walk, inode);
  mappedName(inode, file);
  return file;
}

function refusalToExecute(walk: Walk): i64 {
  const inode = walk.inode;
  if (inode === null) {
    return i64(walk.file === null ? -ENOENT : -EACCES);
  }
  if (inodeIsLink(inode)) {
    return i64(-ELOOP);
  }
  if (!inodeIsRegular(inode) || inode.generate !== null || inode.mapped.operations === null) {
    return i64(-EACCES);
  }
  const refresh = inode.operations.refresh;
  if (refresh !== null) {
    refresh(inode);
  }
  return inodeModePermits(inode, X_OK);
}

/** As fileImageOpen, for a path of the kernel's own text. */
export function fileImageFind(path: string, error: Ptr<i64>): Ptr<File> | null {
  const walk: Walk = zeroed();
  walk.follows = true;
  // What is found is opened to be read.
  walk.wish.isWanted = true;
  walk.text = path;
  const start = workingDirectory();
  error.value = walkRun(walk, start);
  inodePut(start);
  const file = error.value === 0n ? fileImageOpen(walk, error) : null;
  walkEnd(walk);
  return file;
}

/** Checks the file and fills `image`: 0n, -ENOEXEC, -ENOMEM, or what reading it gave. */
export function fileImageCheck(file: Ptr<File>, image: ElfImage): i64 {
  const bytes = file.inode!.size;
  if (bytes === 0n || bytes > MOST_BYTES) {
    return i64(-ENOEXEC);
  }
  const window = heapAlloc(WINDOW_BYTES);
  if (window === null) {
    return i64(-ENOMEM);
  }
  const view: ElfFile = {
    length: bytes,
    window: sliceOf(window, 0n),
    windowStart: 0n,
    move: moveWindow,
    source: virtAddr(file),
    isBroken: false,
  };
  const error = elfCheckFile(view, image);
  heapFree(window);
  return view.isBroken ? i64(-EIO) : i64(error === ElfError.None ? 0 : -ENOEXEC);
}

function moveWindow(view: ElfFile, offset: u64): bool {
  // SAFETY: fileImageCheck put it there and holds a reference.
  const file = pointerAt<File>(view.source);
  const start = offset & ~(PAGE_SIZE - 1n);
  const read = fileImageRead(file, start, sliceOf(view.window.data, WINDOW_BYTES));
  view.windowStart = start;
  view.window = sliceOf(view.window.data, read);
  return read > 0n;
}

/** Reads from the file, as much as there is; how much that was. */
export function fileImageRead(file: Ptr<File>, offset: u64, out: Slice<u8>): u64 {
  let done: u64 = 0n;
  let moved: i64 = 1n;
  while (done < out.length && moved > 0n) {
    const transfer: Transfer = zeroed();
    transferSetKernel(transfer, out.subslice(done, out.length));
    moved = fileReadAt(file, transfer, i64(offset + done));
    done += moved > 0n ? u64(moved) : 0n;
  }
  return done;
}

/** Opens and checks the interpreter of a dynamic program; null with `error` set, -ELIBBAD if it is none. */
export function interpreterOpen(path: string, image: ElfImage, error: Ptr<i64>): Ptr<File> | null {
  const file = fileImageFind(path, error);
  if (file === null) {
    return null;
  }
  error.value = fileImageCheck(file, image);
  if (error.value === 0n && image.isPositionIndependent && image.interpreterBytes === 0n) {
    return file;
  }
  if (error.value === 0n || error.value === i64(-ENOEXEC)) {
    error.value = i64(-ELIBBAD);
  }
  filePut(file);
  return null;
}

/** Maps the interpreter into the area of mappings and lets the program start there: 0n or a negative errno. */
export function interpreterMap(file: Ptr<File>, image: ElfImage): i64 {
  const base = fileImageReserve(image);
  if (base < 0n) {
    return base;
  }
  programLayout.interpreterBase = u64(base);
  programLayout.startEntry = u64(base) + image.entry;
  return fileImageMap(file.inode!, image, u64(base));
}

/** A place for a position-independent image in the area of mappings, reserved: what is added to its addresses, or a negative errno. */
function fileImageReserve(image: ElfImage): i64 {
  const span = image.high - image.low;
  const more = image.alignment > PAGE_SIZE ? image.alignment : 0n;
  const place = regionMap(0n, span + more, Prot.None, RegionFlag.None);
  if (place < 0n) {
    return place;
  }
  const slack = image.low & (image.alignment - 1n);
  const first = u64(place);
  const low = ((first - slack + image.alignment - 1n) & ~(image.alignment - 1n)) + slack;
  if (low > first) {
    void regionUnmap(VirtAddr(first), low - first);
  }
  if (low + span < first + span + more) {
    void regionUnmap(VirtAddr(low + span), first + more - low);
  }
  return i64(low - image.low);
}

/** Maps all segments, at `base`: 0n or a negative errno. Their places are free or reserved. */
export function fileImageMap(inode: Ptr<Inode>, image: ElfImage, base: u64): i64 {
  for (let i: u32 = 0; i < image.segmentCount; i++) {
    const result = mapSegment(inode, image.segments[i], base);
    if (result < 0n) {
      return result;
    }
  }
  return 0n;
}

function mapSegment(inode: Ptr<Inode>, segment: ElfSegment, base: u64): i64 {
  const start = base + segment.address;
  const first = start & ~(PAGE_SIZE - 1n);
  const fileEnd = start + segment.fileBytes;
  const end = roundUp(start + segment.memoryBytes);
  const shownEnd = segment.fileBytes === 0n ? first : roundUp(fileEnd);
  const prot = protOfFlags(segment.flags);
  if (shownEnd > first) {
    const offset = segment.fileOffset - (start - first);
    const shown: ShownObject = { object: addressOf(inode.mapped), offset, traits: u32(RegionTrait.OfImage) };
    const placed = regionMapObject(VirtAddr(first), shownEnd - first, prot, RegionFlag.Fixed, shown);
    if (placed < 0n) {
      return placed;
    }
  }
  if (shownEnd < end) {
    const placed = regionMap(VirtAddr(shownEnd), end - shownEnd, prot, RegionFlag.Fixed);
    if (placed < 0n) {
      return placed;
    }
  }
  return segment.memoryBytes > segment.fileBytes && fileEnd < shownEnd ? clearTail(fileEnd, shownEnd, prot) : 0n;
}

/** What stands in the file behind a segment's end is none of its zeros. */
function clearTail(from: u64, end: u64, prot: Prot): i64 {
  const page = VirtAddr(end - PAGE_SIZE);
  const isWritable = (u32(prot) & u32(Prot.Write)) !== 0;
  if (!isWritable && regionProtect(page, PAGE_SIZE, Prot.ReadWrite) !== 0n) {
    return i64(-ENOMEM);
  }
  const cleared = userZero(VirtAddr(from), end - from);
  if (cleared !== 0n) {
    return cleared;
  }
  return isWritable ? 0n : regionProtect(page, PAGE_SIZE, prot);
}

export function protOfFlags(flags: u32): Prot {
  const read: u32 = (flags & PF_R) !== 0 ? u32(Prot.Read) : 0;
  const write: u32 = (flags & PF_W) !== 0 ? u32(Prot.Write) : 0;
  const execute: u32 = (flags & PF_X) !== 0 ? u32(Prot.Execute) : 0;
  return read | write | execute;
}

function roundUp(value: u64): u64 {
  return (value + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n);
}
