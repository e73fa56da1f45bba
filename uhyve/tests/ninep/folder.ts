/** A folder of the host for one test: made new, looked at and changed with Linux's own calls, removed afterwards with all that is in it. */

import { AT_REMOVEDIR, O_CREAT, O_DIRECTORY, O_RDONLY, O_TRUNC, O_WRONLY } from "../../../abi/linux-files.ts";
import {
  SYS_close,
  SYS_getdents64,
  SYS_getpid,
  SYS_mkdir,
  SYS_open,
  SYS_openat,
  SYS_read,
  SYS_symlink,
  SYS_unlinkat,
  SYS_write,
} from "../../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../../../compiler/std/linux-syscall.ts";
import { expect } from "../../../compiler/std/testing.ts";

const MAX_DEPTH = 8;
const path: Bytes<128> = zeroed();
let pathBytes: u32 = 0;
const joined: Bytes<512> = zeroed();
const content: Bytes<4096> = zeroed();
const entries: FixedArray<FixedArray<u64, 1024>, 8> = zeroed();

/** Makes `/tmp/hermit-9p-PID` with an export "work" in it and a secret beside it. */
export function folderMake(): void {
  const text = `/tmp/hermit-9p-${linuxCall(SYS_getpid)}`;
  copyBytes(elements(path), text.data, u64(text.length));
  pathBytes = text.length;
  path[pathBytes] = 0;
  folderRemove();
  expect(linuxCall(SYS_mkdir, u64(virtAddr(elements(path))), 0o755n) === 0n, "the test has a folder");
  expect(linuxCall(SYS_mkdir, u64(virtAddr(hostPath("work"))), 0o755n) === 0n, "the test has an export");
  hostWrite("secret", "outside");
}

/** The absolute path of `name` in the folder, NUL-terminated, until the next call. */
export function hostPath(name: string): Ptr<u8> {
  copyBytes(elements(joined), elements(path), u64(pathBytes));
  joined[pathBytes] = 0x2f;
  copyBytes(elements(joined).add(pathBytes + 1), name.data, u64(name.length));
  joined[pathBytes + 1 + name.length] = 0;
  return elements(joined);
}

export function hostPathText(name: string): string {
  const place = hostPath(name);
  return stringOf(place, pathBytes + 1 + name.length);
}

export function hostWrite(name: string, text: string): void {
  const flags = u64(O_WRONLY | O_CREAT | O_TRUNC);
  const fd = linuxCall(SYS_open, u64(virtAddr(hostPath(name))), flags, 0o644n);
  expect(fd >= 0n, "the host's file is made");
  void linuxCall(SYS_write, u64(fd), callPointer(text.data), u64(text.length));
  void linuxCall(SYS_close, u64(fd));
}

/** The beginning of a file, or "(none)". */
export function hostRead(name: string): string {
  const fd = linuxCall(SYS_open, u64(virtAddr(hostPath(name))), u64(O_RDONLY));
  if (fd < 0n) return "(none)";
  const count = linuxCall(SYS_read, u64(fd), u64(virtAddr(elements(content))), 4096n);
  void linuxCall(SYS_close, u64(fd));
  return stringOf(elements(content), u64(count < 0n ? 0n : count));
}

export function hostLink(name: string, target: string): void {
  const result = linuxCall(SYS_symlink, callPointer(target.data), u64(virtAddr(hostPath(name))));
  expect(result === 0n, "the host's link is made");
}

export function hostFolder(name: string): void {
  expect(linuxCall(SYS_mkdir, u64(virtAddr(hostPath(name))), 0o755n) === 0n, "the host's folder is made");
}

/** How many entries a folder has, besides "." and "..". */
export function hostNames(name: string): u32 {
  return countEntries(hostPath(name)) - 2;
}

/** How many descriptors this process has. */
export function countDescriptors(): u32 {
  return countEntries("/proc/self/fd".data);
}

function countEntries(place: Ptr<u8>): u32 {
  const fd = linuxCall(SYS_open, u64(virtAddr(place)), u64(O_RDONLY | O_DIRECTORY));
  if (fd < 0n) return 0;
  const buffer = castPtr<u8>(elements(entries[0]));
  let count: u32 = 0;
  for (;;) {
    const bytes = linuxCall(SYS_getdents64, u64(fd), u64(virtAddr(buffer)), 8192n);
    if (bytes <= 0n) break;
    for (let at: u64 = 0n; at < u64(bytes); count += 1) {
      at += u64(buffer.add(at)[16]!) | (u64(buffer.add(at)[17]!) << 8n);
    }
  }
  void linuxCall(SYS_close, u64(fd));
  return count;
}

/** Removes the folder and everything in it. */
export function folderRemove(): void {
  const fd = linuxCall(SYS_open, u64(virtAddr(elements(path))), u64(O_RDONLY | O_DIRECTORY));
  if (fd < 0n) return;
  empty(i32(fd), 0);
  void linuxCall(SYS_close, u64(fd));
  const removed = linuxCall(SYS_unlinkat, u64.wrap(-100), u64(virtAddr(elements(path))), u64(AT_REMOVEDIR));
  expect(removed === 0n, "the test's folder is removed");
}

function empty(directory: i32, depth: u32): void {
  if (depth === MAX_DEPTH) return;
  const buffer = castPtr<u8>(elements(entries[depth]));
  for (;;) {
    const bytes = linuxCall(SYS_getdents64, u64.wrap(directory), u64(virtAddr(buffer)), 8192n);
    if (bytes <= 0n) return;
    let at: u64 = 0n;
    while (at < u64(bytes)) {
      const record = buffer.add(at);
      const name = record.add(19);
      at += u64(record[16]!) | (u64(record[17]!) << 8n);
      if (name[0] === 0x2e && (name[1] === 0 || (name[1] === 0x2e && name[2] === 0))) continue;
      if (linuxCall(SYS_unlinkat, u64.wrap(directory), u64(virtAddr(name)), 0n) === 0n) continue;
      const inner = linuxCall(SYS_openat, u64.wrap(directory), u64(virtAddr(name)), u64(O_RDONLY | O_DIRECTORY));
      if (inner < 0n) continue;
      empty(i32(inner), depth + 1);
      void linuxCall(SYS_close, u64(inner));
      void linuxCall(SYS_unlinkat, u64.wrap(directory), u64(virtAddr(name)), u64(AT_REMOVEDIR));
    }
  }
}
