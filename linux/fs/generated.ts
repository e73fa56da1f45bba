/**
 * Files whose contents are written by a function when they are first read, as most of /proc and /sys.
 *
 * The text is made once per opening and again after a seek to the beginning, so a program that keeps a file open and reads it from the
 * start gets what holds then, as on Linux.
 */

import { EFAULT, ENOMEM } from "../../abi/errno.ts";
import { heapAllocZeroed, heapFree } from "../../kernel/mm/heap.ts";
import { mutexAcquire } from "../../kernel/sync/mutex.ts";
import { type File, type FileOperations, fileObject } from "./file.ts";
import type { Inode, InodeGenerate } from "./inode.ts";
import { fileSeekUnsized } from "./io.ts";
import { type Text, textFree } from "./text.ts";
import { type Transfer, transferPut } from "./transfer.ts";

class GeneratedFile {
  text!: Text;
  isMade!: bool;
  generate!: InodeGenerate;
  argument!: u64;
}

export function generatedOpen(inode: Ptr<Inode>, file: Ptr<File>): i64 {
  const memory = heapAllocZeroed(u64(sizeOf<GeneratedFile>()));
  if (memory === null) {
    return i64(-ENOMEM);
  }
  // SAFETY: fresh zeroed memory of the size.
  const object = castPtr<GeneratedFile>(memory);
  object.generate = inode.generate!;
  object.argument = inode.argument;
  file.object = virtAddr(memory);
  file.operations = addressOf(GENERATED_OPERATIONS);
  return 0n;
}

function generatedRead(file: File, transfer: Transfer, position: Ptr<u64>): i64 {
  const object = fileObject<GeneratedFile>(file);
  using _guard = mutexAcquire(file.inode!.lock);
  if (!object.isMade || position.value === 0n) {
    textFree(object.text);
    object.text.isCut = false;
    object.generate(object.text, object.argument);
    object.isMade = true;
  }
  if (object.text.isCut) {
    return i64(-ENOMEM);
  }
  if (position.value >= object.text.length) {
    return 0n;
  }
  const rest = object.text.length - position.value;
  const part = rest < transfer.left ? rest : transfer.left;
  const moved = transferPut(transfer, object.text.data!.add(position.value), part);
  position.value += moved;
  return moved === 0n && part > 0n ? i64(-EFAULT) : i64(moved);
}

/** Settings that may be written and change nothing: /proc/self/oom_score_adj and its like. */
function generatedWrite(_file: File, transfer: Transfer, _position: Ptr<u64>): i64 {
  return i64(transfer.left);
}

function generatedRelease(file: File): void {
  const object = fileObject<GeneratedFile>(file);
  textFree(object.text);
  heapFree(castPtr<u8>(object));
}

const GENERATED_OPERATIONS: FileOperations = {
  name: "",
  read: generatedRead,
  write: generatedWrite,
  poll: null,
  control: null,
  status: null,
  list: null,
  seek: fileSeekUnsized,
  release: generatedRelease,
  isPositioned: true,
};
