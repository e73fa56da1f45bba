/**
 * A guest that speaks 9P in any way to the monitor's file server, through its queue, with chains cut anywhere, on a host that answers
 * anything: the input chooses messages, their faults, and the host's answers.
 *
 * Held besides the sanitizers' rules, at every system call: a name is one component that leads neither up nor elsewhere; no link is
 * followed but that of a descriptor of the server's own, and only regular files and directories are opened by it; data moves in guest RAM
 * only; nothing of a read-only export changes. In the end every descriptor has been closed, once.
 */

import { EEXIST, EIO, ENOENT } from "../../abi/errno.ts";
import {
  AT_SYMLINK_NOFOLLOW,
  type Dirent64,
  type Iovec,
  O_ACCMODE,
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW,
  O_PATH,
  O_TRUNC,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFREG,
  S_IFSOCK,
  type Statx,
} from "../../abi/linux-files.ts";
import {
  SYS_close,
  SYS_fchmodat,
  SYS_fchownat,
  SYS_fcntl,
  SYS_fdatasync,
  SYS_fstatfs,
  SYS_fsync,
  SYS_ftruncate,
  SYS_getdents64,
  SYS_linkat,
  SYS_lseek,
  SYS_mkdirat,
  SYS_mknodat,
  SYS_openat,
  SYS_preadv,
  SYS_pwritev,
  SYS_readlinkat,
  SYS_renameat,
  SYS_statx,
  SYS_symlinkat,
  SYS_unlinkat,
  SYS_utimensat,
} from "../../abi/linux-syscalls.ts";
import { NINEP_NO_FID, NINEP_VERSION, type NinepQueue, NinepType } from "../../abi/ninep.ts";
import {
  type Wire,
  wireBegin,
  wirePut8,
  wirePut16,
  wirePut32,
  wirePut64,
  wirePutString,
} from "../../compiler/std/wire.ts";
import { QueueViolation } from "../../uhyve/channel-device.ts";
import { type GuestMemory, guestMemoryInit } from "../../uhyve/guest-memory.ts";
import { queueInit } from "../../uhyve/ninep/queue.ts";
import { type NinepServer, ninepServerRing } from "../../uhyve/ninep/server.ts";
import { sessionInit, sessionReset } from "../../uhyve/ninep/session.ts";

const RAM_BYTES = 0x2_0000;
const QUEUE_AT = 0x1000;
const REQUEST_AT = 0x4000;
const REQUEST_BYTES = 0x6000;
const ANSWER_AT = 0xc000;
const ANSWER_BYTES = 0x1_4000;
const MAX_MESSAGES = 40;
const MAX_FDS = 128;
const PROC_FD = 900;
const FIRST_FD = 1000;

class FakeFd {
  isLive!: bool;
  isPath!: bool;
  isReadOnly!: bool;
  type!: u32;
  ino!: u64;
}

/** @align 4096 */
const ram: Bytes<0x20000> = zeroed();
const memory: GuestMemory = zeroed();
const server: NinepServer = zeroed();
const fds: FixedArray<FakeFd, 128> = zeroed();
const wire: Wire = zeroed();
let input: Ptr<u8> = elements(ram);
let inputBytes: u64 = 0n;
let inputAt: u64 = 0n;
let liveFds: u32 = 0;
/** The host answers with errors as often as this says, of 256. */
let errorRate: u32 = 0;

/** @export LLVMFuzzerTestOneInput */
export function fuzzOne(data: Ptr<u8>, size: u64): i32 {
  input = data;
  inputBytes = size;
  inputAt = 0n;
  errorRate = 0;
  start();
  errorRate = choose() & 0x3f;
  for (let count: u32 = 0; count < MAX_MESSAGES && inputAt < inputBytes; count += 1) {
    buildMessage();
    if (!send(1 + (choose() & 31), 1 + (choose() & 31), roomOf(choose()))) break;
  }
  sessionReset(server.session);
  assert(server.session.fids.count === 0, "no fid is left");
  assert(liveFds === 2, "no descriptor is left but the exports'");
  return 0;
}

/** The next byte of the input; 0 behind its end. */
function choose(): u32 {
  if (inputAt >= inputBytes) return 0;
  inputAt += 1n;
  return u32(at(input, inputAt - 1n));
}

function start(): void {
  guestMemoryInit(memory, elements(ram), u64(RAM_BYTES));
  queueInit(server.device, addressOf(memory), queue());
  fillBytes(elements(ram), 0, u64(REQUEST_AT));
  for (let i: u32 = 0; i < MAX_FDS; i += 1) fds[i].isLive = false;
  liveFds = 0;
  const session = server.session;
  session.host.call = fakeCall;
  session.host.procFd = PROC_FD;
  session.fids.touched = 0;
  session.fids.firstFree = 0;
  session.messageBytes.store(0);
  server.busy.store(0);
  sessionInit(session, 12);
  session.exportCount = 2;
  for (let i: u32 = 0; i < 2; i += 1) {
    const entry = session.exports[i];
    entry.name[0] = u8(0x61 + i);
    entry.nameBytes = 1;
    entry.isReadOnly = i === 1;
    entry.type = S_IFDIR;
    entry.fd = newFd(S_IFDIR, true, i === 1);
    entry.device = 0n;
    entry.qidPath = fdOf(entry.fd).ino;
  }
  sayHello();
}

/** Every input begins with a session that has both roots, as fids 0 and 1. */
function sayHello(): void {
  wireBegin(wire, sliceOf(elements(ram).add(REQUEST_AT), u64(REQUEST_BYTES)));
  head(NinepType.Tversion);
  wirePut32(wire, 65536);
  wirePutString(wire, NINEP_VERSION);
  finish();
  assert(send(1, 1, ANSWER_BYTES), "the session begins");
  for (let i: u32 = 0; i < 2; i += 1) {
    head(NinepType.Tattach);
    wirePut32(wire, i);
    wirePut32(wire, NINEP_NO_FID);
    wirePutString(wire, "");
    wirePutString(wire, i === 0 ? "a" : "b");
    wirePut32(wire, 0);
    finish();
    assert(send(1, 1, ANSWER_BYTES), "the roots are there");
  }
}

function queue(): Ptr<NinepQueue> {
  // SAFETY: inside `ram`, aligned to a page.
  return castPtr<NinepQueue>(elements(ram).add(QUEUE_AT));
}

// --- The guest -----------------------------------------------------------------------------------------------------------

/** The fields of messages: f fid, n name, w word, d double word, h half word, b byte, s any text, * names counted by a half word, + with a fid each. */
const LAYOUTS: FixedArray<string, 128> = sparseArray<string, 128>("ws", {
  [NinepType.Tstatfs]: "f",
  [NinepType.Tlopen]: "fw",
  [NinepType.Tlcreate]: "fnwww",
  [NinepType.Tsymlink]: "fnsw",
  [NinepType.Tmknod]: "fnwwww",
  [NinepType.Trename]: "ffn",
  [NinepType.Treadlink]: "f",
  [NinepType.Tgetattr]: "fd",
  [NinepType.Tsetattr]: "fwwwwddddd",
  [NinepType.Txattrwalk]: "ffn",
  [NinepType.Treaddir]: "fdw",
  [NinepType.Tfsync]: "fw",
  [NinepType.Tlock]: "fbwddws",
  [NinepType.Tgetlock]: "fbddws",
  [NinepType.Tlink]: "ffn",
  [NinepType.Tmkdir]: "fnww",
  [NinepType.Trenameat]: "fnfn",
  [NinepType.Tunlinkat]: "fnw",
  [NinepType.Tlook]: "fwwfw+",
  [NinepType.Tdrop]: "hff",
  [NinepType.Troots]: "hfsfs",
  [NinepType.Tversion]: "ws",
  [NinepType.Tauth]: "fssw",
  [NinepType.Tattach]: "fwssw",
  [NinepType.Tflush]: "h",
  [NinepType.Twalk]: "ff*",
  [NinepType.Tread]: "fdw",
  [NinepType.Twrite]: "fdx",
  [NinepType.Tclunk]: "f",
  [NinepType.Tremove]: "f",
});

function head(type: u32): void {
  wire.position = 0n;
  wire.hasFailed = false;
  wirePut32(wire, 0);
  wirePut8(wire, u8.wrap(type));
  wirePut16(wire, 9);
}

/** Puts the size in, as it is. */
function finish(): void {
  const bytes = wire.position;
  wire.position = 0n;
  wirePut32(wire, u32(bytes));
  wire.position = bytes;
}

function buildMessage(): void {
  const type = choose() & 0x7f;
  const layout = LAYOUTS[type];
  head(type);
  for (let i: u32 = 0; i < layout.length; i += 1) putField(layout.byteAt(i));
  finish();
  const fault = choose();
  if (fault < 16) ram[REQUEST_AT + (choose() % u32(wire.position))] ^= u8.wrap(choose());
  if (fault === 16) wire.position = u64(choose() % u32(wire.position)) + 1n;
}

function putField(kind: u8): void {
  switch (kind) {
    case 0x66: // f
      wirePut32(wire, choose() & 7);
      return;
    case 0x6e: // n
      return putName();
    case 0x77: // w
      wirePut32(wire, word());
      return;
    case 0x64: // d
      wirePut64(wire, (u64(word()) << 32n) | u64(word()));
      return;
    case 0x68: // h
      wirePut16(wire, u16.wrap(choose()));
      return;
    case 0x62: // b
      wirePut8(wire, u8.wrap(choose() & 3));
      return;
    case 0x73: // s
      return putName();
    case 0x78: // x: count and data of Twrite
      return putData();
    case 0x2b: // +
      return putNames(true);
    default:
      return putNames(false);
  }
}

function word(): u32 {
  const choice = choose();
  switch (choice & 7) {
    case 0:
      return 0;
    case 1:
      // NINEP_NO_FID, and the flags of Tlook that are no O_*.
      return u32.MAX - ((choice >> 3) & 3);
    case 2:
      return 1 << (choice >> 3);
    case 3:
      return (choose() << 24) | (choose() << 16) | (choose() << 8) | choose();
    case 4:
      return S_IFIFO | 0o600;
    case 5:
      return O_CREAT | (choice & 3);
    default:
      return choose();
  }
}

function putNames(haveFids: bool): void {
  const count = choose() % 18;
  wirePut16(wire, u16(count));
  for (let i: u32 = 0; i < count; i += 1) {
    if (haveFids) wirePut32(wire, (choose() & 15) === 0 ? NINEP_NO_FID : choose() & 15);
    putName();
  }
}

function putData(): void {
  const count = choose() * 8;
  wirePut32(wire, count);
  for (let i: u32 = 0; i < count; i += 1) wirePut8(wire, 0x55);
}

function putName(): void {
  const choice = choose();
  switch (choice & 15) {
    case 0:
      return wirePutString(wire, "..");
    case 1:
      return wirePutString(wire, ".");
    case 2:
      return wirePutString(wire, "");
    case 3:
      return wirePutString(wire, "../x");
    case 4:
      return wirePutString(wire, "/etc");
    case 5:
      return putRawName(choose());
    case 6:
      return putRawName(250 + (choose() & 15));
    default:
      return wirePutString(wire, "name");
  }
}

function putRawName(length: u32): void {
  wirePut16(wire, u16(length));
  for (let i: u32 = 0; i < length; i += 1) wirePut8(wire, u8.wrap(choose()));
}

/** Cuts the message and the room for its answer, rings, looks at the answer; false if the guest would be ended. */
function send(requestCuts: u32, answerCuts: u32, room: u32): bool {
  const table = queue().descriptors;
  let index = describe(0, REQUEST_AT, u32(wire.position), requestCuts, 0);
  index = describe(index, ANSWER_AT, room, answerCuts, 2);
  table[index - 1].flags = u16.wrap(u32(table[index - 1].flags) & ~1);
  const published = queue().avail.idx.load();
  queue().availRing[u32(published) % 128] = 0;
  queue().avail.idx.store(u16.wrap(u32(published) + 1));
  const violation = ninepServerRing(server, 0);
  if (violation !== QueueViolation.None) {
    assert(violation === QueueViolation.NoRoomForAnswer && room < 11, "an honest queue breaks no rule");
    return false;
  }
  checkAnswer(u32(published), room);
  return true;
}

function roomOf(choice: u32): u32 {
  if (choice < 8) return choice * 3;
  return choice < 24 ? choice * 8 : ANSWER_BYTES;
}

function describe(first: u32, start: u32, bytes: u32, cuts: u32, flags: u16): u32 {
  const step = bytes / cuts + 1;
  let index = first;
  for (let at: u32 = 0; at < bytes; at += step) {
    const length = step < bytes - at ? step : bytes - at;
    const address = PhysAddr(u64(start + at));
    queue().descriptors[index] = { addr: address, len: length, flags: u16(1) | flags, next: u16(index + 1) };
    index += 1;
  }
  return index;
}

function checkAnswer(published: u32, room: u32): void {
  const used = queue().usedRing[published % 128];
  const answer = elements(ram).add(ANSWER_AT);
  const size = u32(answer[0]!) | (u32(answer[1]!) << 8) | (u32(answer[2]!) << 16) | (u32(answer[3]!) << 24);
  assert(u32(queue().used.idx.load()) === ((published + 1) & 0xffff), "the chain came back");
  assert(used.id === 0 && used.len === size && size >= 7 && size <= room, "the answer is as long as it says");
}

// --- The host ------------------------------------------------------------------------------------------------------------

function newFd(type: u32, isPath: bool, isReadOnly: bool): i32 {
  for (let i: u32 = 0; i < MAX_FDS; i += 1) {
    if (fds[i].isLive) continue;
    fds[i] = { isLive: true, isPath, isReadOnly, type, ino: u64(i) + 100n };
    liveFds += 1;
    return i32(i + FIRST_FD);
  }
  panic("the server keeps more descriptors than fids and locks need");
}

function fdOf(fd: i32): FakeFd {
  assert(fd >= FIRST_FD && fd < FIRST_FD + MAX_FDS, "a descriptor of the server's own");
  const entry = fds[u32(fd) - FIRST_FD];
  assert(entry.isLive, "it is open");
  return entry;
}

/** The descriptor that a name in /proc/self/fd stands for. */
function fdNamed(address: u64): FakeFd {
  const text = pointerAt<u8>(address);
  let fd: i32 = 0;
  for (let i: u32 = 0; i < 6 && text[i] !== 0; i += 1) fd = fd * 10 + i32(text[i]!) - 0x30;
  return fdOf(fd);
}

function checkName(address: u64): void {
  const text = pointerAt<u8>(address);
  let length: u32 = 0;
  while (length < 256 && text[length] !== 0) {
    assert(text[length] !== 0x2f, "a name is one component");
    length += 1;
  }
  assert(length > 0 && length < 256, "a name has 1 to 255 bytes");
  const isUp = length <= 2 && text[0] === 0x2e && (length === 1 || text[1] === 0x2e);
  assert(!isUp, "a name does not lead up");
}

function checkChange(entry: FakeFd): void {
  assert(!entry.isReadOnly, "nothing of a read-only export changes");
}

/** A change of an entry of a directory. */
function checkEntry(directory: u64, name: u64): void {
  checkChange(fdOf(i32.wrap(directory)));
  checkName(name);
}

function isError(): bool {
  return (choose() & 0xff) < errorRate;
}

function error(): i64 {
  const choice = choose() & 3;
  if (choice === 0) return i64(-ENOENT);
  return choice === 1 ? i64(-EEXIST) : i64(-EIO);
}

function anyType(): u32 {
  switch (choose() & 7) {
    case 0:
      return S_IFLNK;
    case 1:
      return S_IFIFO;
    case 2:
      return S_IFSOCK;
    case 3:
      return S_IFCHR;
    case 4:
    case 5:
      return S_IFREG;
    default:
      return S_IFDIR;
  }
}

function fakeCall(number: u32, a: u64, b: u64, c: u64, d: u64, e: u64): i64 {
  switch (number) {
    case SYS_openat:
      return fakeOpen(a, b, u32(c));
    case SYS_close:
      fdOf(i32.wrap(a)).isLive = false;
      liveFds -= 1;
      return 0n;
    case SYS_statx:
      return fakeStat(a, b, c, e);
    case SYS_preadv:
    case SYS_pwritev:
      return fakeTransfer(number, i32.wrap(a), b, c);
    case SYS_getdents64:
      return fakeEntries(i32.wrap(a), b, c);
    case SYS_readlinkat:
      return fakeReadLink(a, b, c, d);
    case SYS_lseek:
    case SYS_fcntl:
    case SYS_fsync:
    case SYS_fdatasync:
    case SYS_fstatfs:
      void fdOf(i32.wrap(a));
      return isError() ? error() : 0n;
    default:
      return fakeChange(number, a, b, c, d);
  }
}

function fakeOpen(directory: u64, name: u64, flags: u32): i64 {
  if (i32.wrap(directory) === PROC_FD) {
    const entry = fdNamed(name);
    const isPath = (flags & O_PATH) !== 0;
    assert(isPath || entry.type === S_IFREG || entry.type === S_IFDIR, "only files and directories are opened");
    assert((flags & O_CREAT) === 0, "nothing is made by a number");
    if (!isPath && ((flags & O_ACCMODE) !== 0 || (flags & O_TRUNC) !== 0)) checkChange(entry);
    return isError() ? error() : i64(newFd(entry.type, isPath, entry.isReadOnly));
  }
  const entry = fdOf(i32.wrap(directory));
  checkName(name);
  assert((flags & O_NOFOLLOW) !== 0, "no link is followed");
  if ((flags & O_PATH) !== 0) return isError() ? error() : i64(newFd(anyType(), true, entry.isReadOnly));
  assert((flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0, "what is opened by name is new");
  checkChange(entry);
  return isError() ? error() : i64(newFd(S_IFREG, false, false));
}

function fakeStat(directory: u64, name: u64, flags: u64, place: u64): i64 {
  const entry = fdOf(i32.wrap(directory));
  assert((flags & u64(AT_SYMLINK_NOFOLLOW)) !== 0n, "no link is followed");
  // SAFETY: the server's buffer.
  const stat = pointerAt<Statx>(place);
  if (isError()) return error();
  const isSelf = pointerAt<u8>(name)[0] === 0;
  if (!isSelf) checkName(name);
  stat.stx_mode = u16.wrap(isSelf ? entry.type : anyType());
  stat.stx_ino = isSelf ? entry.ino : u64(100 + (choose() & 7));
  stat.stx_size = u64(choose()) << 20n;
  return 0n;
}

function fakeTransfer(number: u32, fd: i32, vectors: u64, count: u64): i64 {
  const entry = fdOf(fd);
  assert(!entry.isPath && count <= 128n, "data is of open files");
  if (number === SYS_pwritev) checkChange(entry);
  let total: u64 = 0n;
  for (let i: u32 = 0; u64(i) < count; i += 1) {
    const vector = pointerAt<Iovec>(vectors)[i]!;
    const offset = vector.iov_base - u64(virtAddr(elements(ram)));
    assert(offset <= u64(RAM_BYTES) && vector.iov_len <= u64(RAM_BYTES) - offset, "data moves in guest RAM");
    if (number === SYS_preadv) fillBytes(pointerAt<u8>(vector.iov_base), 0xab, vector.iov_len);
    total += vector.iov_len;
  }
  if (isError()) return error();
  return i64(total - (u64(choose()) * total) / 1024n);
}

function fakeEntries(fd: i32, place: u64, room: u64): i64 {
  assert(fdOf(fd).type === S_IFDIR, "entries are of directories");
  if (isError()) return error();
  let used: u64 = 0n;
  for (let i: u32 = 0; i < (choose() & 63); i += 1) {
    const length = choose() & 63;
    const bytes = (u64(length) + 27n) & ~7n;
    if (used + bytes > room) break;
    const entry = pointerAt<Dirent64>(place + used);
    entry.d_ino = u64(i);
    entry.d_off = i64(i);
    entry.d_reclen = u16(bytes);
    entry.d_type = u8.wrap(choose());
    const name = pointerAt<u8>(place + used + 19n);
    for (let k: u32 = 0; k < length; k += 1) name[k] = 0x6e;
    name[length] = 0;
    used += bytes;
  }
  return i64(used);
}

/** Paths of descriptors, and texts of links: anything. */
function fakeReadLink(directory: u64, name: u64, place: u64, room: u64): i64 {
  const isPath = i32.wrap(directory) === PROC_FD;
  const entry = isPath ? fdNamed(name) : fdOf(i32.wrap(directory));
  if (isError()) return error();
  const text = pointerAt<u8>(place);
  if (isPath && (choose() & 7) !== 7) {
    const path = entry.ino < 102n ? "/r" : "/r/n";
    copyBytes(text, path.data, u64(path.length));
    return i64(path.length);
  }
  const bytes = u64(choose());
  for (let i: u64 = 0n; i < bytes && i < room; i += 1n) setAt(text, i, (choose() & 3) === 0 ? 0x2f : 0x6e);
  return i64(bytes < room ? bytes : room);
}

function fakeChange(number: u32, a: u64, b: u64, c: u64, d: u64): i64 {
  switch (number) {
    case SYS_ftruncate:
      checkChange(fdOf(i32.wrap(a)));
      break;
    case SYS_fchmodat:
    case SYS_utimensat:
      assert(i32.wrap(a) === PROC_FD, "through /proc");
      checkChange(fdNamed(b));
      break;
    case SYS_fchownat:
      assert(pointerAt<u8>(b)[0] === 0, "the descriptor's own");
      checkChange(fdOf(i32.wrap(a)));
      break;
    case SYS_mknodat:
      assert((c & u64(0o170000)) !== u64(S_IFCHR) && (c & u64(0o170000)) !== 0o060000n, "no device is made");
      checkEntry(a, b);
      break;
    case SYS_mkdirat:
    case SYS_unlinkat:
      checkEntry(a, b);
      break;
    case SYS_symlinkat:
      checkEntry(b, c);
      break;
    case SYS_linkat:
      assert(i32.wrap(a) === PROC_FD, "through /proc");
      checkChange(fdNamed(b));
      checkEntry(c, d);
      break;
    case SYS_renameat:
      checkEntry(a, b);
      checkEntry(c, d);
      break;
    default:
      panic("a system call that the server does not need");
  }
  return isError() ? error() : 0n;
}
