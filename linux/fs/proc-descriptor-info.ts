/** /proc/self/fdinfo: a file for each open descriptor, with the position and the flags of its description. */

import { O_CLOEXEC, S_IFREG } from "../../abi/linux-files.ts";
import { fdClosesOnExec, fdGetAny } from "../descriptors.ts";
import { fileFlags, filePut } from "./file.ts";
import type { Inode } from "./inode.ts";
import type { NumberedEntries } from "./numbered-directory.ts";
import { nextDescriptor } from "./proc-links.ts";
import { put, putByte, type Text } from "./text.ts";

const DIGIT_ZERO = 48;

export const DESCRIPTOR_INFOS: NumberedEntries = {
  next: nextDescriptor,
  complete: completeInfo,
  inodeBase: 0x3_0000n,
  mode: S_IFREG | 0o444,
};

function completeInfo(inode: Ptr<Inode>, _directory: Ptr<Inode>, _name: string): void {
  inode.generate = writeInfo;
}

function writeInfo(text: Text, argument: u64): void {
  const file = fdGetAny(i32(argument));
  if (file === null) {
    return;
  }
  const closes = fdClosesOnExec(i32(argument)) > 0n;
  put(text, `pos:\t${file.position}\nflags:\t0`);
  putOctal(text, fileFlags(file) | (closes ? O_CLOEXEC : 0));
  const inode = file.inode;
  put(text, `\nmnt_id:\t${inode === null ? 0n : inode.mount.device}\nino:\t${inode === null ? 0n : inode.number}\n`);
  filePut(file);
}

function putOctal(text: Text, value: u32): void {
  let shift: u32 = 30;
  while (shift > 0 && value >> shift === 0) {
    shift -= 3;
  }
  for (;;) {
    putByte(text, u8(((value >> shift) & 7) + DIGIT_ZERO));
    if (shift === 0) {
      return;
    }
    shift -= 3;
  }
}
