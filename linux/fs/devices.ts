/** Character devices: null, zero, full, random, urandom and the terminal; and named pipes, which are opened like devices. */

import { EFAULT, ENOSPC, ENXIO } from "../../abi/errno.ts";
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM, S_IFCHR, S_IFIFO } from "../../abi/linux-files.ts";
import { randomBytes } from "../random.ts";
import { fifoOpen } from "./fifo.ts";
import { type File, type FileOperations, fileFlags } from "./file.ts";
import { type Inode, inodeType } from "./inode.ts";
import type { PollTable } from "./poll-table.ts";
import { streamOpenTerminal } from "./stream.ts";
import { type Transfer, transferPut, transferPutZeros } from "./transfer.ts";

export const DEVICE_NULL = 0x103n;
export const DEVICE_ZERO = 0x105n;
export const DEVICE_FULL = 0x107n;
export const DEVICE_RANDOM = 0x108n;
export const DEVICE_URANDOM = 0x109n;
export const DEVICE_TTY = 0x500n;

const CHUNK_BYTES = 256n;
const READY = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

/** Gives an opened special file its operations: 0n, -ENXIO, ... */
export function deviceOpen(inode: Ptr<Inode>, file: Ptr<File>): i64 {
  const type = inodeType(inode);
  if (type === S_IFIFO) {
    return fifoOpen(inode, file);
  }
  if (type !== S_IFCHR) {
    return i64(-ENXIO);
  }
  switch (inode.device) {
    case DEVICE_NULL:
      file.operations = addressOf(NULL_OPERATIONS);
      return 0n;
    case DEVICE_ZERO:
      file.operations = addressOf(ZERO_OPERATIONS);
      return 0n;
    case DEVICE_FULL:
      file.operations = addressOf(FULL_OPERATIONS);
      return 0n;
    case DEVICE_RANDOM:
    case DEVICE_URANDOM:
      file.operations = addressOf(RANDOM_OPERATIONS);
      return 0n;
    case DEVICE_TTY:
      return streamOpenTerminal(file);
    default:
      return i64(-ENXIO);
  }
}

function readNothing(_file: File, _transfer: Transfer, _position: Ptr<u64>): i64 {
  return 0n;
}

function writeAnything(_file: File, transfer: Transfer, _position: Ptr<u64>): i64 {
  return i64(transfer.left);
}

function writeNothing(_file: File, _transfer: Transfer, _position: Ptr<u64>): i64 {
  return i64(-ENOSPC);
}

function readZeros(_file: File, transfer: Transfer, _position: Ptr<u64>): i64 {
  const wanted = transfer.left;
  const done = transferPutZeros(transfer, wanted);
  return done > 0n || wanted === 0n ? i64(done) : i64(-EFAULT);
}

function readRandom(_file: File, transfer: Transfer, _position: Ptr<u64>): i64 {
  const chunk: Bytes<256> = zeroed();
  let done: u64 = 0n;
  while (transfer.left > 0n) {
    const part = transfer.left < CHUNK_BYTES ? transfer.left : CHUNK_BYTES;
    randomBytes(elements(chunk), part);
    const moved = transferPut(transfer, elements(chunk), part);
    done += moved;
    if (moved < part) {
      return done > 0n ? i64(done) : i64(-EFAULT);
    }
  }
  return i64(done);
}

function alwaysReady(_file: File, _table: Ptr<PollTable> | null): u32 {
  return READY;
}

/** Devices have no position, but seeking them succeeds. */
function seekNowhere(_file: File, _offset: i64, _whence: u32): i64 {
  return 0n;
}

const NULL_OPERATIONS: FileOperations = {
  name: "",
  read: readNothing,
  write: writeAnything,
  poll: alwaysReady,
  control: null,
  status: null,
  list: null,
  seek: seekNowhere,
  release: null,
  isPositioned: true,
};

const ZERO_OPERATIONS: FileOperations = {
  name: "",
  read: readZeros,
  write: writeAnything,
  poll: alwaysReady,
  control: null,
  status: null,
  list: null,
  seek: seekNowhere,
  release: null,
  isPositioned: true,
};

const FULL_OPERATIONS: FileOperations = {
  name: "",
  read: readZeros,
  write: writeNothing,
  poll: alwaysReady,
  control: null,
  status: null,
  list: null,
  seek: seekNowhere,
  release: null,
  isPositioned: true,
};

const RANDOM_OPERATIONS: FileOperations = {
  name: "",
  read: readRandom,
  write: writeAnything,
  poll: alwaysReady,
  control: null,
  status: null,
  list: null,
  seek: seekNowhere,
  release: null,
  isPositioned: true,
};

/** Whether mapping the file privately gives zeros, and shared a memory of its own: /dev/zero. */
export function fileIsZeroDevice(file: File): bool {
  return virtAddr(file.operations) === virtAddr(ZERO_OPERATIONS) && fileFlags(file) !== u32.MAX;
}
