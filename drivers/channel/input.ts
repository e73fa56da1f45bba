/**
 * Reading from the proxy's streams, and ioctl(2) on them. Nothing here waits for input: a read is answered at once,
 * with -EAGAIN if nothing is there, so no thread holds anything while another one only wants to look. Who wants to wait asks for a
 * notice (readiness.ts).
 */

import { FrameKind } from "../../abi/channel.ts";
import { ENOTTY } from "../../abi/errno.ts";
import { CONTROL_MOST_BYTES } from "../../abi/linux-terminal.ts";
import { type Mutex, mutexAcquire } from "../../kernel/sync/mutex.ts";
import { channelPort, PortKind } from "./port.ts";
import { readinessForget, readinessOf } from "./readiness.ts";
import { copyOut, requestAcquire, requestFinish, touchPages } from "./request.ts";

/** What one Read may bring: with its header exactly 16 of the receive buffers (port.ts). */
const READ_MOST_BYTES = 16 * 1024 - 16;

/** One read or control at a time: the reply's payload lands here, for application memory may be taken away meanwhile. */
const readLock: Mutex = zeroed();
const readBuffer: FixedArray<u8, 16368> = zeroed();

/**
 * Bytes read, 0 at the end, or a negative errno: -EAGAIN if nothing is there now. Fewer than asked for only if no more is there, as Linux
 * reads pipes: programs take less than they asked for, and a hang-up, as the end (libuv).
 */
export function channelRead(stream: u16, buffer: Slice<u8>): i64 {
  if (channelPort.kind === PortKind.None || buffer.length === 0n) return 0n;
  let done: u64 = 0n;
  while (done < buffer.length) {
    const result = readPiece(stream, buffer.subslice(done, buffer.length));
    if (result <= 0n) return done > 0n ? i64(done) : result;
    done += u64(result);
    if (u64(result) < u64(READ_MOST_BYTES)) break;
  }
  return i64(done);
}

/** As channelRead, what fits one Read. */
function readPiece(stream: u16, buffer: Slice<u8>): i64 {
  const most: u32 = buffer.length < u64(READ_MOST_BYTES) ? u32(buffer.length) : READ_MOST_BYTES;
  // Before anything is taken from the input: it could not be put back.
  const touched = touchPages(buffer.subslice(0n, u64(most)), true);
  if (touched < 0n) return touched;
  let result: i64 = 0n;
  {
    using _guard = mutexAcquire(readLock);
    const slot = requestAcquire(FrameKind.Read, stream, i32(most));
    slot.destination = elements(readBuffer);
    slot.destinationBytes = most;
    result = requestFinish(slot, bytesOf(""));
    if (result > 0n) {
      const copied = copyOut(buffer, elements(readBuffer), u64(result));
      if (copied < 0n) result = copied;
    }
  }
  readinessForget(readinessOf(stream, false));
  return result;
}

/**
 * ioctl(2) on the host's descriptor: 0 or a negative errno. `bytes` are what the request reads (`bytesIn` of them) and, after 0, what it has
 * written (up to CONTROL_MOST_BYTES).
 */
export function channelControl(stream: u16, request: u32, bytes: Ptr<u8>, bytesIn: u32): i64 {
  if (channelPort.kind === PortKind.None) return i64(-ENOTTY);
  using _guard = mutexAcquire(readLock);
  const slot = requestAcquire(FrameKind.Control, stream, i32.wrap(request));
  copyBytes(elements(slot.inlineBytes), bytes, u64(bytesIn));
  slot.destination = elements(readBuffer);
  slot.destinationBytes = CONTROL_MOST_BYTES;
  const result = requestFinish(slot, sliceOf(elements(slot.inlineBytes), u64(bytesIn)));
  if (result === 0n) copyBytes(bytes, elements(readBuffer), u64(CONTROL_MOST_BYTES));
  return result;
}
