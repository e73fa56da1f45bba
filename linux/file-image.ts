/**
 * An ELF file of the file tree in the address space: the interpreter of a dynamic program, and what execve starts.
 *
 * The file is shown as mmap shows it, privately, so its pages come when they are touched. To be checked (compiler/std/elf-check.ts) it is
 * mapped as a whole for a moment.
 */

import { PF_R, PF_W, PF_X } from "../abi/elf.ts";
import { EACCES, ENOENT, ENOEXEC, ENOMEM } from "../abi/errno.ts";
import { O_RDONLY } from "../abi/linux-files.ts";
import { PAGE_SIZE } from "../abi/memory-map.ts";
import { ElfError, type ElfImage, type ElfSegment, elfCheck } from "../compiler/std/elf-check.ts";
import { Prot } from "../kernel/mm/prot.ts";
import { regionPopulate } from "../kernel/mm/region-faults.ts";
import { RegionFlag } from "../kernel/mm/region-kinds.ts";
import { regionMap, regionMapObject, regionProtect, regionUnmap, type ShownObject } from "../kernel/mm/regions.ts";
import { userZero } from "../kernel/mm/user-access.ts";
import type { File } from "./fs/file.ts";
import { type Inode, inodeIsRegular, inodeKeep } from "./fs/inode.ts";
import { startDirectory } from "./fs/mounts.ts";
import { type Walk, walkEnd, walkRun } from "./fs/walk.ts";
import { openInode } from "./open.ts";

/** A larger file is no program. */
const MOST_BYTES = 0x1_0000_0000n;

/** Opens the regular file at a path of the kernel's own text; null with `error` set. */
export function fileImageOpen(path: string, error: Ptr<i64>): Ptr<File> | null {
  const walk: Walk = zeroed();
  walk.follows = true;
  walk.text = path;
  error.value = walkRun(walk, startDirectory());
  let found: Ptr<File> | null = null;
  if (error.value === 0n) {
    if (walk.inode === null) {
      error.value = i64(-ENOENT);
    } else if (!inodeIsRegular(walk.inode) || walk.inode.mapped.operations === null) {
      error.value = i64(-EACCES);
    } else {
      found = openInode(inodeKeep(walk.inode), O_RDONLY);
      error.value = found === null ? i64(-EACCES) : 0n;
    }
  }
  walkEnd(walk);
  return found;
}

/** Checks the file and fills `image`: 0n, -ENOEXEC with `rule` set, -ENOMEM, or what reading it gave. */
export function fileImageCheck(inode: Ptr<Inode>, image: ElfImage, rule: Ptr<u32>): i64 {
  const refresh = inode.operations.refresh;
  if (refresh !== null) {
    refresh(inode);
  }
  rule.value = u32(ElfError.NotElf);
  if (inode.size === 0n || inode.size > MOST_BYTES) {
    return i64(-ENOEXEC);
  }
  const bytes = roundUp(inode.size);
  const shown: ShownObject = { object: addressOf(inode.mapped), offset: 0n, traits: 0 };
  const place = regionMapObject(0n, bytes, Prot.Read, RegionFlag.None, shown);
  if (place < 0n) {
    return place;
  }
  let result = regionPopulate(VirtAddr(place), bytes);
  if (result === 0n) {
    // SAFETY: all pages have just been mapped, and nobody else knows the place.
    const error = elfCheck(sliceOf(pointerAt<u8>(VirtAddr(place)), inode.size), image);
    rule.value = u32(error);
    result = error === ElfError.None ? 0n : i64(-ENOEXEC);
  }
  void regionUnmap(VirtAddr(place), bytes);
  return result;
}

/** A place for a position-independent image in the area of mappings, reserved: what is added to its addresses, or a negative errno. */
export function fileImageReserve(image: ElfImage): i64 {
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
    const shown: ShownObject = { object: addressOf(inode.mapped), offset, traits: 0 };
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
