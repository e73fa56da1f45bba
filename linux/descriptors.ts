/**
 * The descriptor table: which number leads to which of the three streams of the proxy.
 *
 * There are no files yet, so a descriptor is a number of a stream, and flags that dup(2) shares belong to the stream.
 */

import { EBADF, EINVAL, EMFILE } from "../abi/errno.ts";
import { O_RDONLY, O_RDWR, O_WRONLY } from "../abi/linux-files.ts";
import { programStdio } from "./program.ts";

/** RLIMIT_NOFILE. */
export const FD_LIMIT = 256;
const STREAM_COUNT = 3;

@struct(4)
export class Descriptor {
  isOpen!: bool;
  closesOnExec!: bool;
  /** 0, 1 or 2. */
  stream!: u16;
}

const descriptors: FixedArray<Descriptor, 256> = zeroed();
const statusFlags: FixedArray<u32, 3> = zeroed();

/** Opens 0, 1 and 2, as a shell hands them over. */
export function descriptorsInit(): void {
  for (let stream: u32 = 0; stream < STREAM_COUNT; stream++) {
    descriptors[stream] = { isOpen: true, closesOnExec: false, stream: u16(stream) };
    const isTerminal = programStdio(stream).isTerminal !== 0;
    statusFlags[stream] = isTerminal ? O_RDWR : stream === 0 ? O_RDONLY : O_WRONLY;
  }
}

export function fdIsOpen(fd: i32): bool {
  return fd >= 0 && fd < FD_LIMIT && descriptors[u32(fd)].isOpen;
}

/** The descriptor of an open number: the caller has checked with fdIsOpen (Kind.Fd does). */
export function descriptorOf(fd: i32): Descriptor {
  assert(fdIsOpen(fd), "descriptor is open");
  return descriptors[u32(fd)];
}

/** O_RDWR and its like, shared by all descriptors of a stream. */
export function streamFlags(stream: u16): u32 {
  return statusFlags[stream];
}

export function setStreamFlags(stream: u16, flags: u32): void {
  statusFlags[stream] = flags;
}

export function descriptorClose(fd: i32): void {
  descriptorOf(fd).isOpen = false;
}

/** The lowest free number of at least `lowest`; the number, -EINVAL or -EMFILE. */
export function descriptorDuplicate(fd: i32, lowest: i32, closesOnExec: bool): i64 {
  if (lowest < 0 || lowest >= FD_LIMIT) {
    return i64(-EINVAL);
  }
  for (let i: u32 = u32(lowest); i < FD_LIMIT; i++) {
    if (!descriptors[i].isOpen) {
      descriptors[i] = { isOpen: true, closesOnExec, stream: descriptorOf(fd).stream };
      return i64(i);
    }
  }
  return i64(-EMFILE);
}

/** Makes `target` lead where `fd` leads; the number or -EBADF. */
export function descriptorReplace(fd: i32, target: i32, closesOnExec: bool): i64 {
  if (target < 0 || target >= FD_LIMIT) {
    return i64(-EBADF);
  }
  const stream = descriptorOf(fd).stream;
  descriptors[u32(target)] = { isOpen: true, closesOnExec, stream };
  return i64(target);
}
