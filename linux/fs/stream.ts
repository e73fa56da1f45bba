/**
 * Standard input, output and error as the proxy has them: bytes on the channel.
 *
 * A read that finds nothing waits for the proxy's notice (drivers/channel/readiness.ts), where poll(2) and epoll wait, too. Regular files,
 * block devices and /dev/null are always ready and, as on Linux, nothing that epoll takes.
 *
 * Offsets do not exist on these streams (ESPIPE), whatever the host's descriptor is: the host moves its own. Vectors of moderate size are
 * gathered into one transfer, so that a line stays a line. A write takes the room that there is and waits for more here, as a read does for
 * input, so that a full output holds up who writes to it and nobody else.
 */

import type { StdioInfo } from "../../abi/boot-info.ts";
import { EAGAIN, EFAULT, EFBIG, ENOMEM, ENOTTY, ENXIO, EPIPE, ERESTARTSYS } from "../../abi/errno.ts";
import { O_PATH, O_RDONLY, O_WRONLY, S_IFCHR, S_IFIFO, S_IFMT, S_IFSOCK, type Stat } from "../../abi/linux-files.ts";
import { FIONREAD } from "../../abi/linux-terminal.ts";
import { CHANNEL_SMALL_BYTES, channelWrite } from "../../drivers/channel/channel.ts";
import { channelRead } from "../../drivers/channel/input.ts";
import {
  type Readiness,
  readinessForget,
  readinessNow,
  readinessOf,
  readinessRearm,
  readinessWait,
} from "../../drivers/channel/readiness.ts";
import { heapAlloc, heapFree } from "../../kernel/mm/heap.ts";
import { type Waiter, waitBegin, waitEnd } from "../../kernel/sync/wait-queue.ts";
import { monotonicNs } from "../../kernel/time/clock.ts";
import { NEVER_NS } from "../../kernel/time/timer.ts";
import { FOREVER_NS } from "../clock.ts";
import { fdPlace } from "../descriptors.ts";
import { programModule, programStdio } from "../program.ts";
import { signalBrokenPipe } from "../signal-send.ts";
import { AnonymousDevice, anonymousStatus } from "./anonymous.ts";
import {
  type File,
  type FileOperations,
  fileCreate,
  fileIsNonblocking,
  fileMayRead,
  fileMayWrite,
  filePut,
} from "./file.ts";
import { type PollTable, pollAdd } from "./poll-table.ts";
import { sizeLimitMet } from "./size-limit.ts";
import { terminalControl, terminalReadLimitNs } from "./terminal.ts";
import { type Transfer, transferAdvance, transferPiece, transferPut, transferTake } from "./transfer.ts";
import { waitIsInterrupted, waitUntil } from "./wait.ts";

const STREAM_COUNT = 3;
/** What is gathered into one transfer at most. */
const GATHER_BYTES = 0x1_0000n;
/** Unix98 pseudo-terminals: major 136, minor 0. */
const TERMINAL_DEVICE = 0x8800n;
const TERMINAL_BLOCK_BYTES = 1024;

/** Opens 0, 1 and 2 as a shell hands them over, but for those that it has closed. */
export function streamsInit(): void {
  for (let stream: u32 = 0; stream < STREAM_COUNT; stream++) {
    const info = programStdio(stream);
    if ((info.flags & O_PATH) !== 0) {
      continue;
    }
    const isKnown = info.mode !== 0 || info.flags !== 0;
    const usual: u32 = stream === 0 ? O_RDONLY : O_WRONLY;
    const file = fileCreate(operationsOf(info), VirtAddr(u64(stream)), isKnown ? info.flags : usual);
    if (file === null) {
      panic("no memory for the standard streams");
    }
    fdPlace(stream, file);
    filePut(file);
  }
}

function operationsOf(info: StdioInfo): FileOperations {
  const type = info.mode & S_IFMT;
  if (type === S_IFIFO || type === S_IFSOCK || info.isTerminal !== 0) {
    return STREAM_OPERATIONS;
  }
  return type === S_IFCHR ? DEVICE_OPERATIONS : READY_OPERATIONS;
}

function streamOf(file: File): u32 {
  return u32(file.object);
}

function isTerminal(file: File): bool {
  return programStdio(streamOf(file)).isTerminal !== 0;
}

function streamRead(file: File, transfer: Transfer, _position: Ptr<u64>): i64 {
  const piece = transferPiece(transfer);
  if (piece.length === transfer.left) {
    return readBytes(file, piece);
  }
  // One read, then spread: a second read could wait for input although some has come.
  const bytes = transfer.left < GATHER_BYTES ? transfer.left : GATHER_BYTES;
  const buffer = heapAlloc(bytes);
  if (buffer === null) {
    return i64(-ENOMEM);
  }
  let result = readBytes(file, sliceOf(buffer, bytes));
  if (result > 0n) {
    const spread = transferPut(transfer, buffer, u64(result));
    result = spread < u64(result) ? i64(-EFAULT) : result;
  }
  heapFree(buffer);
  return result;
}

function readBytes(file: File, buffer: Slice<u8>): i64 {
  const input = readinessOf(u16(streamOf(file)), false);
  let result = channelRead(u16(streamOf(file)), buffer);
  const mostNs: u64 =
    result === i64(-EAGAIN) && isTerminal(file) ? terminalReadLimitNs(u16(streamOf(file))) : FOREVER_NS;
  if (mostNs === 0n) {
    return 0n;
  }
  const deadline: u64 = mostNs === FOREVER_NS ? NEVER_NS : monotonicNs() + mostNs;
  while (result === i64(-EAGAIN) && !fileIsNonblocking(file)) {
    if (!waitForNotice(input, deadline)) {
      return waitIsInterrupted() ? i64(-ERESTARTSYS) : 0n;
    }
    result = channelRead(u16(streamOf(file)), buffer);
  }
  // Whoever watches for edges is told again when more comes. The end of anything but a terminal's line is for good.
  if (result < i64(buffer.length) && (result !== 0n || isTerminal(file))) {
    readinessRearm(input);
  }
  return result;
}

/** Until the proxy says that there is something, if only the end; false if the wait was interrupted or the deadline has come. */
function waitForNotice(readiness: Ptr<Readiness>, deadlineNs: u64): bool {
  const waiter: Waiter = zeroed();
  waitBegin(readiness.queue, waiter);
  let goesOn: bool = true;
  while (readinessWait(readiness) === 0 && goesOn) {
    goesOn = waitUntil(deadlineNs);
  }
  waitEnd(readiness.queue, waiter);
  return readinessWait(readiness) !== 0;
}

function streamWrite(file: File, transfer: Transfer, _position: Ptr<u64>): i64 {
  let done: i64 = 0n;
  let goesOn: bool = true;
  while (transfer.left > 0n && goesOn) {
    const left = transfer.left;
    const result = writePiece(file, transfer);
    if (result < 0n) {
      return done > 0n ? done : result;
    }
    done += result;
    // What was taken and not written ends the call, too.
    goesOn = result > 0n && transfer.left === left - u64(result);
  }
  return done;
}

/**
 * The next bytes of the transfer. But for a small piece they are copied once: they may have to wait, and meanwhile another thread may give the
 * program's memory back, which would be somebody else's then.
 */
function writePiece(file: File, transfer: Transfer): i64 {
  const piece = transferPiece(transfer);
  if (piece.length === transfer.left && piece.length <= u64(CHANNEL_SMALL_BYTES)) {
    return writeInPlace(file, transfer, piece);
  }
  const bytes = transfer.left < GATHER_BYTES ? transfer.left : GATHER_BYTES;
  const buffer = heapAlloc(bytes);
  if (buffer === null) {
    const small = u64(CHANNEL_SMALL_BYTES);
    return writeInPlace(file, transfer, piece.length < small ? piece : piece.subslice(0n, small));
  }
  const taken = transferTake(transfer, buffer, bytes);
  const result = taken === 0n ? i64(-EFAULT) : writeBytes(file, sliceOf(buffer, taken));
  heapFree(buffer);
  return result;
}

function writeInPlace(file: File, transfer: Transfer, piece: Slice<u8>): i64 {
  const result = writeBytes(file, piece);
  if (result > 0n) {
    transferAdvance(transfer, u64(result));
  }
  return result;
}

/**
 * All of the bytes, waiting for room unless the description is non-blocking, until an error or a signal ends it: what was written, if
 * anything, else a negative errno.
 * @noinline
 */
function writeBytes(file: File, bytes: Slice<u8>): i64 {
  const stream = u16(streamOf(file));
  const output = readinessOf(stream, true);
  let done: u64 = 0n;
  let result: i64 = 0n;
  while (done < bytes.length) {
    result = channelWrite(stream, bytes.subslice(done, bytes.length));
    if (result > 0n) {
      done += u64(result);
    } else if (result !== i64(-EAGAIN) || !mayGoOn(file, output)) {
      break;
    }
  }
  readinessForget(output);
  if (result === i64(-EAGAIN)) {
    // Whoever watches for edges is told when there is room again.
    readinessRearm(output);
    result = fileIsNonblocking(file) ? result : i64(-ERESTARTSYS);
  } else if (result === i64(-EPIPE)) {
    signalBrokenPipe();
  } else if (result === i64(-EFBIG) && done === 0n) {
    // The host's file has grown to the limit that the proxy was started with.
    sizeLimitMet();
  }
  return done > 0n ? i64(done) : result;
}

/** The output is full: whether there is room for more after a wait. */
function mayGoOn(file: File, output: Ptr<Readiness>): bool {
  readinessForget(output);
  return !fileIsNonblocking(file) && waitForNotice(output, NEVER_NS);
}

function streamPoll(file: File, table: Ptr<PollTable> | null): u32 {
  const stream = u16(streamOf(file));
  let ready: u32 = 0;
  if (fileMayRead(file)) {
    ready |= pollOne(readinessOf(stream, false), table);
  }
  if (fileMayWrite(file)) {
    ready |= pollOne(readinessOf(stream, true), table);
  }
  return ready;
}

function pollOne(readiness: Ptr<Readiness>, table: Ptr<PollTable> | null): u32 {
  pollAdd(table, readiness.queue);
  return readinessNow(readiness, table !== null);
}

function streamControl(file: File, request: u32, argument: u64): i64 {
  return request === FIONREAD || isTerminal(file)
    ? terminalControl(u16(streamOf(file)), request, argument)
    : i64(-ENOTTY);
}

/** From the facts that the proxy sent (StdioInfo); libc decides by them whether standard output is buffered by lines. */
function streamStatus(file: File, stat: Stat): i64 {
  const info = programStdio(streamOf(file));
  anonymousStatus(stat, AnonymousDevice.Objects, u64(streamOf(file)) + 3n, info.mode);
  stat.st_uid = programModule().uid;
  stat.st_gid = programModule().gid;
  if (isTerminal(file)) {
    stat.st_blksize = i64(TERMINAL_BLOCK_BYTES);
  }
  if ((info.mode & S_IFMT) === S_IFCHR) {
    stat.st_rdev = isTerminal(file) ? TERMINAL_DEVICE : u64(info.device);
  }
  return 0n;
}

/** /dev/tty: the terminal, if a standard stream is one: 0n or -ENXIO. */
export function streamOpenTerminal(file: Ptr<File>): i64 {
  for (let stream: u32 = 0; stream < STREAM_COUNT; stream++) {
    if (programStdio(stream).isTerminal !== 0) {
      file.operations = addressOf(STREAM_OPERATIONS);
      file.object = VirtAddr(u64(stream));
      return 0n;
    }
  }
  return i64(-ENXIO);
}

/** Of devices like /dev/null, which have no position. */
function seekNowhere(_file: File, _offset: i64, _whence: u32): i64 {
  return 0n;
}

const STREAM_OPERATIONS: FileOperations = {
  name: "stream",
  read: streamRead,
  write: streamWrite,
  poll: streamPoll,
  control: streamControl,
  status: streamStatus,
  list: null,
  seek: null,
  release: null,
  isPositioned: false,
};

/** Files and block devices: always ready, and refused by epoll. */
const READY_OPERATIONS: FileOperations = {
  name: "stream",
  read: streamRead,
  write: streamWrite,
  poll: null,
  control: streamControl,
  status: streamStatus,
  list: null,
  seek: null,
  release: null,
  isPositioned: false,
};

/** /dev/null and its like. */
const DEVICE_OPERATIONS: FileOperations = {
  name: "stream",
  read: streamRead,
  write: streamWrite,
  poll: null,
  control: streamControl,
  status: streamStatus,
  list: null,
  seek: seekNowhere,
  release: null,
  isPositioned: false,
};

/** The stream of a description: 0, 1 or 2; u32.MAX if it is none. */
export function fileStream(file: File): u32 {
  const operations = virtAddr(file.operations);
  const isStream =
    operations === virtAddr(STREAM_OPERATIONS) ||
    operations === virtAddr(READY_OPERATIONS) ||
    operations === virtAddr(DEVICE_OPERATIONS);
  return isStream ? streamOf(file) : u32.MAX;
}
