/** Tlook, Tdrop and Troots: several steps in one message, with the same limits as one by one. */

import { EBADF, EEXIST, EINVAL, EISDIR, ELOOP, ENOENT, ENOTDIR, ENOTEMPTY, EPROTO, EROFS } from "../../../abi/errno.ts";
import {
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from "../../../abi/linux-files.ts";
import { SYS_unlink } from "../../../abi/linux-syscalls.ts";
import {
  NINEP_ATTRIBUTES_BYTES,
  NINEP_LOOK_REMOVE,
  NINEP_LOOK_REMOVE_DIRECTORY,
  NINEP_MAX_DROPPED,
  NINEP_MAX_ROOTS,
  NINEP_NO_FID,
  NinepOpened,
  NinepType,
} from "../../../abi/ninep.ts";
import { linuxCall } from "../../../compiler/std/linux-syscall.ts";
import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { wireGet16, wireGet32, wireGet64, wireGetBytes, wireGetString, wireLeft } from "../../../compiler/std/wire.ts";
import { begin, end } from "./begin.ts";
import { hostFolder, hostLink, hostNames, hostPath, hostRead, hostWrite } from "./folder.ts";
import {
  Attributes,
  ask,
  attributesOf,
  clunkFid,
  linkIn,
  ninepBegin,
  put16,
  put32,
  putText,
  ROOT,
  readData,
  readFid,
  reply,
  setCuts,
  setRoom,
  unlinkIn,
  walkTo,
  writeFid,
} from "./guest.ts";
import { answer, attributes, expectFound, FID, links, look, name, OPEN, start } from "./looking.ts";

export function ninepLookTests(): void {
  test("9p: Tlook walks, tells attributes, opens and reads", looksAndReads);
  test("9p: Tlook lists a directory that it opens, and reads a link at which the names end", listsAndReadsLinks);
  test("9p: Tlook makes a file that is not there", makes);
  test("9p: Tlook takes a name away, and tells what is left of the file", removes);
  test("9p: Tlook takes nothing away that Tunlinkat would not", removesNothingElse);
  test("9p: Tdrop gives many fids up", drops);
  test("9p: Troots attaches to many exports, each with an answer", attachesToMany);
}

function looksAndReads(): void {
  begin(false);
  hostFolder("work/d");
  hostWrite("work/d/f", "the beginning");
  for (let cut: u64 = 1n; cut < 60n; cut += 29n) {
    setCuts(cut);
    start(O_RDONLY, 100, 2);
    name(NINEP_NO_FID, "d");
    name(FID, "f");
    expectEqual(look(), 0n);
    expectFound(2, 0, NinepOpened.Reading, 0);
    expectEqual(i64(attributes() & S_IFMT), i64(S_IFDIR));
    expectEqual(i64(attributes() & S_IFMT), i64(S_IFREG));
    expectEqual(i64(answer.dataBytes), 13n);
    expectEqual(i64(wireLeft(reply)), 13n);
    const data = wireGetBytes(reply, 13n);
    expect(stringOf(data.data, data.length) === "the beginning", "the data follows");
    expectEqual(readFid(OPEN, 4n, 5), 5n);
    expect(readData() === "begin", "the file is open");
    expectEqual(writeFid(OPEN, 0n, bytesOf("x")), i64(-EBADF));
    const found = new Attributes();
    expectEqual(attributesOf(FID, found), 0n);
    expectEqual(i64(found.size), 13n);
    expectEqual(clunkFid(FID), 0n);
    expectEqual(clunkFid(OPEN), 0n);
  }
  setCuts(1n);
  // Less room than data.
  setRoom(400n);
  start(O_RDONLY, 4096, 2);
  name(NINEP_NO_FID, "d");
  name(NINEP_NO_FID, "f");
  expectEqual(look(), 0n);
  expectEqual(i64(answer.dataBytes), 13n);
  expectEqual(clunkFid(OPEN), 0n);
  setRoom(0x10_1000n);
  expectEqual(walkTo(ROOT, FID, "d"), 0n);
  // What the fid itself stands for.
  ninepBegin(NinepType.Tlook);
  put32(FID);
  put32(O_RDONLY);
  put32(0);
  put32(OPEN + 1);
  put32(0);
  put16(0);
  expectEqual(look(), 0n);
  expectFound(0, 0, NinepOpened.Reading, 0);
  expectEqual(clunkFid(OPEN + 1), 0n);
  end();
}

/** Entries that follow the attributes in the answer; -1: they do not end with one without a name. */
function entries(): i64 {
  let count: i64 = 0n;
  let isEnd = false;
  while (reply.position < reply.bytes.length && !reply.hasFailed) {
    expect(!isEnd, "nothing follows the end");
    void wireGetBytes(reply, 22n);
    isEnd = wireGetString(reply).length === 0;
    count += isEnd ? 0n : 1n;
  }
  return isEnd && !reply.hasFailed ? count : -1n;
}

function listsAndReadsLinks(): void {
  begin(false);
  hostFolder("work/d");
  for (let i: u32 = 0; i < 20; i += 1) hostWrite(`work/d/file-${i}`, "");
  hostLink("work/l", "d/file-1");
  for (let cut: u64 = 1n; cut < 60n; cut += 29n) {
    setCuts(cut);
    start(O_RDONLY | O_DIRECTORY, 4096, 1);
    name(FID, "d");
    expectEqual(look(), 0n);
    expectFound(1, 0, NinepOpened.Reading, 0);
    expectEqual(i64(attributes() & S_IFMT), i64(S_IFDIR));
    expectEqual(i64(answer.dataBytes), i64(wireLeft(reply)));
    expectEqual(entries(), 22n);
    expectEqual(clunkFid(OPEN), 0n);
    expectEqual(clunkFid(FID), 0n);
    // At the end; not with a name behind it that cannot be walked.
    start(O_RDONLY, 4096, 1);
    name(NINEP_NO_FID, "l");
    expectEqual(look(), 0n);
    expectFound(1, 0, NinepOpened.No, ELOOP);
    expectLinkText("d/file-1");
    start(O_RDONLY, 4096, 2);
    name(FID, "l");
    name(NINEP_NO_FID, "x");
    expectEqual(look(), 0n);
    expectFound(1, ENOTDIR, NinepOpened.No, 0);
    expectEqual(i64(answer.dataBytes), 0n);
    expectEqual(clunkFid(FID), 0n);
  }
  setCuts(1n);
  // A part of the entries, and no part of the text.
  start(O_RDONLY, 200, 1);
  name(NINEP_NO_FID, "d");
  expectEqual(look(), 0n);
  void attributes();
  expect(answer.dataBytes > 0 && answer.dataBytes <= 200, "as many entries as there is room for");
  expectEqual(entries(), -1n);
  expectEqual(clunkFid(OPEN), 0n);
  start(O_RDONLY, 4, 1);
  name(NINEP_NO_FID, "l");
  expectEqual(look(), 0n);
  expectEqual(i64(answer.dataBytes), 0n);
  end();
}

function expectLinkText(text: string): void {
  expectEqual(i64(attributes() & S_IFMT), i64(S_IFLNK));
  expectEqual(i64(answer.dataBytes), i64(text.length));
  const data = wireGetBytes(reply, u64(text.length));
  expect(stringOf(data.data, data.length) === text, "the link's text follows");
  expectEqual(i64(wireLeft(reply)), 0n);
}

function makes(): void {
  begin(false);
  hostWrite("work/old", "old");
  start(O_WRONLY | O_CREAT, 0, 1);
  name(FID, "new");
  expectEqual(look(), 0n);
  expectFound(1, 0, NinepOpened.Made, 0);
  expectEqual(i64(attributes()), i64(S_IFREG | 0o640));
  expectEqual(writeFid(OPEN, 0n, bytesOf("made")), 4n);
  expectEqual(readFid(OPEN, 0n, 10), 4n);
  expect(hostRead("work/new") === "made", "the host has it");
  expectEqual(clunkFid(OPEN), 0n);
  start(O_WRONLY | O_CREAT, 0, 1);
  name(NINEP_NO_FID, "old");
  expectEqual(look(), 0n);
  expectFound(1, 0, NinepOpened.Both, 0);
  expectEqual(clunkFid(OPEN), 0n);
  start(O_RDWR | O_CREAT | O_EXCL, 0, 1);
  name(NINEP_NO_FID, "old");
  expectEqual(look(), 0n);
  expectFound(1, 0, NinepOpened.No, EEXIST);
  // Only the last name is ever made.
  start(O_RDWR | O_CREAT, 0, 2);
  name(NINEP_NO_FID, "none");
  name(NINEP_NO_FID, "f");
  expectEqual(look(), 0n);
  expectFound(0, ENOENT, NinepOpened.No, 0);
  expectEqual(i64(hostNames("work")), 2n);
  end();
}

function removeBy(flags: u32, first: string, second: string): void {
  start(flags, 100, second === "" ? 1 : 2);
  name(NINEP_NO_FID, first);
  if (second !== "") name(NINEP_NO_FID, second);
  expectEqual(look(), 0n);
}

function removes(): void {
  begin(false);
  hostFolder("work/d");
  hostWrite("work/d/f", "x");
  hostLink("work/d/l", "../../secret");
  expectEqual(walkTo(ROOT, 2, "d"), 0n);
  expectEqual(walkTo(2, 3, "f"), 0n);
  expectEqual(linkIn(ROOT, 3, "other"), 0n);
  removeBy(NINEP_LOOK_REMOVE, "d", "f");
  expectFound(2, 0, NinepOpened.Removed, 0);
  expectEqual(i64(attributes() & S_IFMT), i64(S_IFDIR));
  expectEqual(i64(attributes() & S_IFMT), i64(S_IFREG));
  expectEqual(i64(links), 1n);
  expectEqual(i64(answer.dataBytes), 0n);
  removeBy(NINEP_LOOK_REMOVE, "other", "");
  expectFound(1, 0, NinepOpened.Removed, 0);
  void attributes();
  expectEqual(i64(links), 0n);
  removeBy(NINEP_LOOK_REMOVE, "d", "l");
  expectFound(2, 0, NinepOpened.Removed, 0);
  removeBy(NINEP_LOOK_REMOVE_DIRECTORY, "d", "");
  expectFound(1, 0, NinepOpened.Removed, 0);
  expectEqual(i64(hostNames("work")), 0n);
  expectEqual(clunkFid(OPEN), i64(-EBADF));
  expect(hostRead("secret") === "outside", "where a link leads is not touched");
  end();
}

function removesNothingElse(): void {
  begin(false);
  hostFolder("work/d");
  hostWrite("work/d/f", "x");
  removeBy(NINEP_LOOK_REMOVE, "d", "");
  expectFound(1, 0, NinepOpened.No, EISDIR);
  removeBy(NINEP_LOOK_REMOVE_DIRECTORY, "d", "");
  expectFound(1, 0, NinepOpened.No, ENOTEMPTY);
  removeBy(NINEP_LOOK_REMOVE_DIRECTORY, "d", "f");
  expectFound(2, 0, NinepOpened.No, ENOTDIR);
  removeBy(NINEP_LOOK_REMOVE, "d", "..");
  expectFound(1, EINVAL, NinepOpened.No, 0);
  removeBy(NINEP_LOOK_REMOVE, "none", "f");
  expectFound(0, ENOENT, NinepOpened.No, 0);
  // Without names there is none to take away.
  start(NINEP_LOOK_REMOVE_DIRECTORY, 0, 0);
  expectEqual(look(), 0n);
  expectFound(0, 0, NinepOpened.No, 0);
  expect(hostNames("work/d") === 1 && hostNames("work") === 1, "everything is still there");
  end();
  begin(true);
  hostWrite("work/f", "x");
  removeBy(NINEP_LOOK_REMOVE, "f", "");
  expectFound(1, 0, NinepOpened.No, EROFS);
  expect(hostNames("work") === 1, "nothing of a read-only export goes");
  end();
}

function drops(): void {
  begin(false);
  hostWrite("work/f", "x");
  for (let i: u32 = 1; i <= NINEP_MAX_DROPPED; i += 1) expectEqual(walkTo(ROOT, i, "f"), 0n);
  void linuxCall(SYS_unlink, u64(virtAddr(hostPath("work/f"))));
  ninepBegin(NinepType.Tdrop);
  put16(u16(NINEP_MAX_DROPPED));
  for (let i: u32 = 1; i <= NINEP_MAX_DROPPED; i += 1) put32(i % 8 === 0 ? 9999 : i);
  expectEqual(ask(), 0n);
  for (let i: u32 = 1; i <= NINEP_MAX_DROPPED; i += 1) expectEqual(clunkFid(i), i % 8 === 0 ? 0n : i64(-EBADF));
  ninepBegin(NinepType.Tdrop);
  put16(u16(NINEP_MAX_DROPPED + 1));
  for (let i: u32 = 0; i <= NINEP_MAX_DROPPED; i += 1) put32(ROOT);
  expectEqual(ask(), i64(-EPROTO));
  expectEqual(unlinkIn(ROOT, "f", 0), i64(-ENOENT));
  end();
}

/** The error of one export in Rroots, and its qid's path; -1: the answer has not all of it. */
function rootAnswer(path: Ptr<u64>): i64 {
  const error = wireGet32(reply);
  if (error === 0) {
    void wireGet64(reply);
    void wireGetBytes(reply, 5n);
    path.value = wireGet64(reply);
    void wireGetBytes(reply, u64(NINEP_ATTRIBUTES_BYTES) - 21n);
  }
  return reply.hasFailed ? -1n : i64(error);
}

function attachesToMany(): void {
  begin(false);
  const found = new Attributes();
  let path: u64 = 0n;
  ninepBegin(NinepType.Troots);
  put16(3);
  put32(FID);
  putText("work");
  put32(FID + 1);
  putText("none");
  put32(ROOT);
  putText("work");
  expectEqual(ask(), 0n);
  expectEqual(i64(wireGet16(reply)), 3n);
  expectEqual(rootAnswer(addressOf(path)), 0n);
  expectEqual(rootAnswer(addressOf(path)), i64(ENOENT));
  expectEqual(rootAnswer(addressOf(path)), i64(EBADF));
  expectEqual(i64(wireLeft(reply)), 0n);
  expectEqual(attributesOf(FID, found), 0n);
  expect(path === found.qidPath, "the attributes are the export's");
  expectEqual(clunkFid(FID + 1), i64(-EBADF));
  ninepBegin(NinepType.Troots);
  put16(u16(NINEP_MAX_ROOTS + 1));
  expectEqual(ask(), i64(-EPROTO));
  ninepBegin(NinepType.Troots);
  put16(2);
  put32(FID + 2);
  putText("work");
  expectEqual(ask(), i64(-EPROTO));
  end();
}
