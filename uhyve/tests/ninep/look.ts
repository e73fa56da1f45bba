/** Tlook, Tdrop and Troots: several steps in one message, with the same limits as one by one. */

import {
  EACCES,
  EBADF,
  EEXIST,
  EINVAL,
  EISDIR,
  ELOOP,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  EPROTO,
  EROFS,
} from "../../../abi/errno.ts";
import {
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from "../../../abi/linux-files.ts";
import { SYS_chmod, SYS_getuid, SYS_mknod, SYS_unlink } from "../../../abi/linux-syscalls.ts";
import {
  NINEP_ATTRIBUTES_BYTES,
  NINEP_LOOK_ONLY,
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
import {
  wireGet8,
  wireGet16,
  wireGet32,
  wireGet64,
  wireGetBytes,
  wireGetString,
  wireLeft,
} from "../../../compiler/std/wire.ts";
import { begin, end } from "./files.ts";
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
import { startExchanging, stopExchanging } from "./hostile.ts";

const FID = 1;
const OPEN = 20;
const RACES = 2000;

export function ninepLookTests(): void {
  test("9p: Tlook walks, tells attributes, opens and reads", looksAndReads);
  test("9p: Tlook lists a directory that it opens, and reads a link at which the names end", listsAndReadsLinks);
  test("9p: Tlook makes a file that is not there", makes);
  test("9p: Tlook takes a name away, and tells what is left of the file", removes);
  test("9p: Tlook takes nothing away that Tunlinkat would not", removesNothingElse);
  test("9p: Tlook tells where a path ends, and leaves no fid behind", endsEarly);
  test("9p: Tlook follows no link and takes no step up", staysInside);
  test("9p: Tlook in a directory that turns into a link meanwhile", racing);
  test("9p: Tlook changes nothing of a read-only export", readOnly);
  test("9p: Tlook opens nothing but files and directories", specialFiles);
  test("9p: Tlook refuses numbers that are taken", takenNumbers);
  test("9p: Tdrop gives many fids up", drops);
  test("9p: Troots attaches to many exports, each with an answer", attachesToMany);
}

/** The fields of Rlook before the attributes. */
class Answer {
  walked!: u32;
  error!: u32;
  openError!: u32;
  opened!: u32;
  dataBytes!: u32;
}

const answer: Answer = zeroed();

function start(flags: u32, dataBytes: u32, names: u16): void {
  ninepBegin(NinepType.Tlook);
  put32(ROOT);
  put32(flags);
  put32(0o640);
  put32(OPEN);
  put32(dataBytes);
  put16(names);
}

function name(fid: u32, text: string): void {
  put32(fid);
  putText(text);
}

function look(): i64 {
  const result = ask();
  if (result < 0n) return result;
  answer.walked = u32(wireGet16(reply));
  answer.error = wireGet32(reply);
  answer.openError = wireGet32(reply);
  answer.opened = u32(wireGet8(reply));
  answer.dataBytes = wireGet32(reply);
  expect(!reply.hasFailed, "Rlook has its fields");
  return 0n;
}

let links: u64 = 0n;

/** Skips the attributes of one name, but for its links; its mode. */
function attributes(): u32 {
  void wireGetBytes(reply, 21n);
  const mode = wireGet32(reply);
  void wireGetBytes(reply, 8n);
  links = wireGet64(reply);
  void wireGetBytes(reply, 8n);
  void wireGet64(reply);
  void wireGetBytes(reply, 96n);
  return mode;
}

function expectFound(walked: u32, error: u32, opened: NinepOpened, openError: u32): void {
  expectEqual(i64(answer.walked), i64(walked));
  expectEqual(i64(answer.error), i64(error));
  expectEqual(i64(answer.opened), i64(u32(opened)));
  expectEqual(i64(answer.openError), i64(openError));
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

function endsEarly(): void {
  begin(false);
  hostFolder("work/d");
  hostWrite("work/f", "x");
  start(O_RDONLY, 0, 3);
  name(1, "d");
  name(2, "none");
  name(3, "f");
  expectEqual(look(), 0n);
  expectFound(1, ENOENT, NinepOpened.No, 0);
  expectEqual(clunkFid(1), 0n);
  expectEqual(clunkFid(2), i64(-EBADF));
  start(NINEP_LOOK_ONLY, 0, 2);
  name(1, "f");
  name(2, "g");
  expectEqual(look(), 0n);
  expectFound(1, ENOTDIR, NinepOpened.No, 0);
  expectEqual(clunkFid(1), 0n);
  start(O_RDONLY | O_DIRECTORY, 0, 1);
  name(NINEP_NO_FID, "f");
  expectEqual(look(), 0n);
  expectFound(1, 0, NinepOpened.No, ENOTDIR);
  if (linuxCall(SYS_getuid) !== 0n) {
    void linuxCall(SYS_chmod, u64(virtAddr(hostPath("work/f"))), 0n);
    start(O_RDONLY, 0, 1);
    name(NINEP_NO_FID, "f");
    expectEqual(look(), 0n);
    expectFound(1, 0, NinepOpened.No, EACCES);
  }
  end();
}

function staysInside(): void {
  begin(false);
  hostFolder("work/d");
  hostLink("work/up", "..");
  hostLink("work/file", "../secret");
  hostLink("work/none", "../not-there");
  start(O_RDWR | O_CREAT, 100, 2);
  name(NINEP_NO_FID, "up");
  name(NINEP_NO_FID, "secret");
  expectEqual(look(), 0n);
  expectFound(1, ENOTDIR, NinepOpened.No, 0);
  start(O_RDWR | O_CREAT, 100, 2);
  name(NINEP_NO_FID, "d");
  name(NINEP_NO_FID, "..");
  expectEqual(look(), 0n);
  expectFound(1, EINVAL, NinepOpened.No, 0);
  start(O_RDWR | O_CREAT, 100, 1);
  name(NINEP_NO_FID, "file");
  expectEqual(look(), 0n);
  expectFound(1, 0, NinepOpened.No, ELOOP);
  start(O_RDWR | O_CREAT, 100, 1);
  name(NINEP_NO_FID, "none");
  expectEqual(look(), 0n);
  expectFound(1, 0, NinepOpened.No, ELOOP);
  start(O_RDWR | O_CREAT, 100, 1);
  name(NINEP_NO_FID, "../made");
  expectEqual(look(), 0n);
  expectFound(0, EINVAL, NinepOpened.No, 0);
  expect(hostRead("secret") === "outside" && hostNames("") === 2, "nothing outside was made or read");
  end();
}

function racing(): void {
  begin(false);
  hostFolder("work/d");
  hostWrite("work/d/secret", "inside");
  hostLink("work/l", "..");
  const pid = startExchanging("work/d", "work/l");
  let inside: u32 = 0;
  for (let i: u32 = 0; i < RACES; i += 1) {
    start(O_RDWR | O_CREAT, 100, 2);
    name(NINEP_NO_FID, "d");
    name(NINEP_NO_FID, i % 2 === 0 ? "secret" : `made-${i}`);
    expectEqual(look(), 0n);
    if (answer.opened === u32(NinepOpened.No)) continue;
    inside += 1;
    if (i % 2 === 0) {
      expectEqual(readFid(OPEN, 0n, 100), 6n);
      expect(readData() === "inside", "only the file inside is ever read");
    }
    expectEqual(clunkFid(OPEN), 0n);
  }
  stopExchanging(pid);
  expect(inside > 0, "some come through");
  expect(hostRead("secret") === "outside" && hostNames("") === 2, "nothing outside was made or read");
  end();
}

function readOnly(): void {
  begin(true);
  hostWrite("work/f", "fixed");
  start(O_RDWR, 0, 1);
  name(NINEP_NO_FID, "f");
  expectEqual(look(), 0n);
  expectFound(1, 0, NinepOpened.No, EROFS);
  start(O_RDONLY | O_CREAT, 0, 1);
  name(NINEP_NO_FID, "new");
  expectEqual(look(), 0n);
  expectFound(0, ENOENT, NinepOpened.No, EROFS);
  start(O_RDONLY, 0, 1);
  name(NINEP_NO_FID, "f");
  expectEqual(look(), 0n);
  expectFound(1, 0, NinepOpened.Reading, 0);
  expectEqual(writeFid(OPEN, 0n, bytesOf("x")), i64(-EBADF));
  expect(hostRead("work/f") === "fixed" && hostNames("work") === 1, "nothing has changed");
  end();
}

function specialFiles(): void {
  begin(false);
  const path = u64(virtAddr(hostPath("work/fifo")));
  expectEqual(linuxCall(SYS_mknod, path, u64(S_IFIFO | 0o666), 0n), 0n);
  start(O_RDONLY, 100, 1);
  name(FID, "fifo");
  expectEqual(look(), 0n);
  expectEqual(i64(answer.walked), 1n);
  expectEqual(i64(answer.opened), 0n);
  expect(answer.openError !== 0, "a FIFO could wait for ever");
  end();
}

function takenNumbers(): void {
  begin(false);
  hostFolder("work/d");
  hostWrite("work/d/f", "x");
  expectEqual(walkTo(ROOT, 2, "d"), 0n);
  start(O_RDONLY, 0, 2);
  name(1, "d");
  name(2, "f");
  expectEqual(look(), i64(-EBADF));
  expectEqual(clunkFid(1), i64(-EBADF));
  expectEqual(clunkFid(OPEN), i64(-EBADF));
  expectEqual(clunkFid(2), 0n);
  start(NINEP_LOOK_ONLY, 0, 17);
  for (let i: u32 = 0; i < 17; i += 1) name(NINEP_NO_FID, "d");
  expectEqual(look(), i64(-EPROTO));
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
