import { O_CREAT, S_IFDIR, S_IFIFO } from "../../abi/linux-files.ts";
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
import {
  ANY_HOST_PROC_FD,
  anyHostBegin,
  anyHostCall,
  anyHostExport,
  anyHostFail,
  anyHostNumber,
  anyHostOpen,
} from "./parts/any-host.ts";
import { choicesAreLeft, choicesBegin, choose } from "./parts/choices.ts";

const RAM_BYTES = 0x2_0000;
const QUEUE_AT = 0x1000;
const REQUEST_AT = 0x4000;
const REQUEST_BYTES = 0x6000;
const ANSWER_AT = 0xc000;
const ANSWER_BYTES = 0x1_4000;
const MAX_MESSAGES = 40;

/** @align 4096 */
const ram: Bytes<0x20000> = zeroed();
const memory: GuestMemory = zeroed();
const server: NinepServer = zeroed();
const wire: Wire = zeroed();

/** @export LLVMFuzzerTestOneInput */
export function fuzzOne(data: Ptr<u8>, size: u64): i32 {
  choicesBegin(data, size);
  anyHostBegin(u64(virtAddr(elements(ram))), u64(RAM_BYTES));
  start();
  anyHostFail(choose() & 0x3f);
  for (let count: u32 = 0; count < MAX_MESSAGES && choicesAreLeft(); count += 1) {
    buildMessage();
    if (!send(1 + (choose() & 31), 1 + (choose() & 31), roomOf(choose()))) break;
  }
  sessionReset(server.session);
  assert(server.session.fids.count === 0, "no fid is left");
  assert(anyHostOpen() === 2, "no descriptor is left but the exports'");
  return 0;
}

function start(): void {
  guestMemoryInit(memory, elements(ram), u64(RAM_BYTES));
  queueInit(server.device, addressOf(memory), queue());
  fillBytes(elements(ram), 0, u64(REQUEST_AT));
  const session = server.session;
  session.host.call = anyHostCall;
  session.host.procFd = ANY_HOST_PROC_FD;
  session.fids.touched = 0;
  session.fids.firstFree = 0;
  session.messageBytes.store(0);
  server.busy = 0;
  sessionInit(session, 12);
  session.exportCount = 2;
  for (let i: u32 = 0; i < 2; i += 1) {
    const entry = session.exports[i];
    entry.name[0] = u8(0x61 + i);
    entry.nameBytes = 1;
    entry.isReadOnly = i === 1;
    entry.type = S_IFDIR;
    entry.fd = anyHostExport(i === 1);
    entry.device = 0n;
    entry.qidPath = anyHostNumber(entry.fd);
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
  const violation = ninepServerRing(server, 0, server.device.state.filled);
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
