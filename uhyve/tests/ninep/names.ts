/** The file server and names: walks, directories, links, renames and removals. */

import { EBADF, EEXIST, EINVAL, EISDIR, ENOENT, ENOTEMPTY } from "../../../abi/errno.ts";
import { O_RDONLY, S_IFIFO, S_IFREG } from "../../../abi/linux-files.ts";
import { NINEP_AT_REMOVEDIR, NINEP_QID_DIRECTORY, NinepType } from "../../../abi/ninep.ts";
import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { wireGet8, wireGet16, wireGet32, wireGet64, wireGetBytes, wireGetString } from "../../../compiler/std/wire.ts";
import { begin, end } from "./begin.ts";
import { FID, OTHER } from "./files.ts";
import { hostFolder, hostRead, hostWrite } from "./folder.ts";
import {
  Attributes,
  ask,
  attachTo,
  attributesOf,
  clunkFid,
  linkIn,
  makeFolder,
  makeLink,
  makeNodeIn,
  ninepBegin,
  openFid,
  put16,
  put32,
  put64,
  putText,
  ROOT,
  readFid,
  renameIn,
  reply,
  unlinkIn,
  walkClone,
  walkTo,
} from "./guest.ts";

export function ninepNameTests(): void {
  test("9p: walks of several names, and walks that end early", walks);
  test("9p: directories are read in parts, from any offset", directories);
  test("9p: links, renames, removals, nodes", names);
  test("9p: Tremove and Trename find the entry of a fid", byFid);
}

function walks(): void {
  begin(false);
  hostFolder("work/d");
  hostFolder("work/d/e");
  hostWrite("work/d/e/f", "deep");
  ninepBegin(NinepType.Twalk);
  put32(ROOT);
  put32(FID);
  put16(3);
  putText("d");
  putText("e");
  putText("f");
  expectEqual(ask(), 0n);
  expectEqual(i64(wireGet16(reply)), 3n);
  expectEqual(i64(wireGet8(reply)), i64(NINEP_QID_DIRECTORY));
  expectEqual(openFid(FID, O_RDONLY), 0n);
  expectEqual(readFid(FID, 0n, 9), 4n);
  ninepBegin(NinepType.Twalk);
  put32(ROOT);
  put32(OTHER);
  put16(3);
  putText("d");
  putText("none");
  putText("f");
  expectEqual(ask(), 0n);
  expectEqual(i64(wireGet16(reply)), 1n);
  expectEqual(i64(reply.bytes.length), 7n + 2n + 13n);
  expectEqual(clunkFid(OTHER), i64(-EBADF));
  expectEqual(walkTo(ROOT, OTHER, "none"), i64(-ENOENT));
  expectEqual(walkTo(ROOT, FID, "d"), i64(-EBADF));
  // A fid may walk onto itself.
  expectEqual(walkTo(ROOT, OTHER, "d"), 0n);
  expectEqual(walkTo(OTHER, OTHER, "e"), 0n);
  expectEqual(walkTo(OTHER, 3, "f"), 0n);
  expectEqual(walkTo(3, 4, "x"), -20n);
  expectEqual(attachTo(9, "none"), i64(-ENOENT));
  end();
}

/** Names of one Treaddir from `offset` on, counted; the last offset is kept, and whether the server said that nothing follows. */
let lastOffset: u64 = 0n;

let sawParent: bool = false;
let sawEnd: bool = false;

function readNames(fid: u32, offset: u64, most: u32): i64 {
  ninepBegin(NinepType.Treaddir);
  put32(fid);
  put64(offset);
  put32(most);
  const result = ask();
  if (result < 0n) return result;
  const total = wireGet32(reply);
  expect(total <= most && u64(total) === reply.bytes.length - 11n, "the entries are as long as they say");
  let count: i64 = 0n;
  sawEnd = false;
  while (reply.position < reply.bytes.length) {
    expect(!sawEnd, "nothing follows the end");
    void wireGetBytes(reply, 13n);
    const next = wireGet64(reply);
    void wireGet8(reply);
    const name = wireGetString(reply);
    if (name === "..") sawParent = true;
    sawEnd = name.length === 0;
    expect(!sawEnd || next === lastOffset, "the end is behind the last entry");
    lastOffset = next;
    count += sawEnd ? 0n : 1n;
  }
  expect(!reply.hasFailed, "the entries are whole");
  return count;
}

function directories(): void {
  begin(false);
  for (let i: u32 = 0; i < 300; i += 1) hostWrite(`work/a-name-of-some-length-${i}`, "");
  expectEqual(walkClone(ROOT, FID), 0n);
  expectEqual(readNames(FID, 0n, 4096), i64(-EBADF));
  expectEqual(openFid(FID, O_RDONLY), 0n);
  for (let round: u32 = 0; round < 2; round += 1) {
    let total: i64 = 0n;
    let count: i64 = 1n;
    lastOffset = 0n;
    sawParent = false;
    while (count > 0n) {
      count = readNames(FID, lastOffset, round === 0 ? 1000 : 0xf000);
      total += count;
    }
    expectEqual(total, 302n);
    expect(sawParent, "the parent is listed");
    expect(sawEnd, "asked behind the end, the server says that nothing follows");
  }
  expectEqual(readNames(FID, 0n, 0xf000), 302n);
  expect(sawEnd, "one answer has all entries and their end");
  lastOffset = 0n;
  const first = readNames(FID, 0n, 2000);
  const middle = lastOffset;
  const second = readNames(FID, middle, 2000);
  expectEqual(readNames(FID, middle, 2000), second);
  expectEqual(readNames(FID, 0n, 2000), first);
  expectEqual(readNames(FID, 0n, 10), i64(-EINVAL));
  end();
}

function names(): void {
  begin(false);
  const found = new Attributes();
  expectEqual(makeFolder(ROOT, "d", 0o7700), 0n);
  expectEqual(makeFolder(ROOT, "d", 0o700), i64(-EEXIST));
  expectEqual(walkTo(ROOT, FID, "d"), 0n);
  hostWrite("work/a", "data");
  expectEqual(renameIn(ROOT, "a", FID, "b"), 0n);
  expect(hostRead("work/d/b") === "data", "the file has moved");
  expectEqual(walkTo(FID, OTHER, "b"), 0n);
  expectEqual(linkIn(ROOT, OTHER, "c"), 0n);
  expectEqual(attributesOf(OTHER, found), 0n);
  expectEqual(i64(found.links), 2n);
  expectEqual(linkIn(ROOT, OTHER, "c"), i64(-EEXIST));
  expectEqual(makeLink(ROOT, "l", "d/b"), 0n);
  expectEqual(walkTo(ROOT, 3, "l"), 0n);
  ninepBegin(NinepType.Treadlink);
  put32(3);
  expectEqual(ask(), 0n);
  expect(wireGetString(reply) === "d/b", "the link's text");
  ninepBegin(NinepType.Treadlink);
  put32(OTHER);
  expectEqual(ask(), i64(-EINVAL));
  expectEqual(makeNodeIn(ROOT, "fifo", S_IFIFO | 0o600), 0n);
  expectEqual(i64(wireGet8(reply)), 0n);
  expectEqual(makeNodeIn(ROOT, "file", S_IFREG | 0o600), 0n);
  expectEqual(unlinkIn(ROOT, "d", 0), i64(-EISDIR));
  expectEqual(unlinkIn(ROOT, "d", NINEP_AT_REMOVEDIR), i64(-ENOTEMPTY));
  expectEqual(unlinkIn(FID, "b", 0), 0n);
  expectEqual(unlinkIn(ROOT, "d", NINEP_AT_REMOVEDIR), 0n);
  expectEqual(unlinkIn(ROOT, "d", NINEP_AT_REMOVEDIR), i64(-ENOENT));
  expect(hostRead("work/c") === "data", "the other name is still there");
  end();
}

function byFid(): void {
  begin(false);
  hostFolder("work/d");
  hostWrite("work/d/a", "data");
  expectEqual(walkTo(ROOT, FID, "d"), 0n);
  expectEqual(walkTo(FID, OTHER, "a"), 0n);
  ninepBegin(NinepType.Trename);
  put32(OTHER);
  put32(ROOT);
  putText("b");
  expectEqual(ask(), 0n);
  expect(hostRead("work/b") === "data", "the file has moved");
  ninepBegin(NinepType.Tremove);
  put32(OTHER);
  expectEqual(ask(), 0n);
  expect(hostRead("work/b") === "(none)", "the file is gone");
  expectEqual(clunkFid(OTHER), i64(-EBADF));
  ninepBegin(NinepType.Tremove);
  put32(FID);
  expectEqual(ask(), 0n);
  expectEqual(walkTo(ROOT, FID, "d"), i64(-ENOENT));
  ninepBegin(NinepType.Tremove);
  put32(ROOT);
  expectEqual(ask(), -16n);
  end();
}
