/**
 * Bytes of a core file in order, sent to the proxy a page at a time; or only counted, because the file's headers tell how long what follows
 * them is. One core is written in the life of a machine, so the buffer is static.
 */

import { PAGE_SIZE } from "../abi/memory-map.ts";
import { channelCore } from "../drivers/channel/channel.ts";

/** @align 4096 */
const buffer: Bytes<4096> = zeroed();

export class CoreWriter {
  isCounting!: bool;
  /** All bytes so far. */
  total!: u64;
  /** False after the channel has broken. */
  isWorking!: bool;
}

export function coreWriterBegin(writer: CoreWriter, isCounting: bool): void {
  writer.isCounting = isCounting;
  writer.total = 0n;
  writer.isWorking = true;
}

export function corePut(writer: CoreWriter, bytes: Ptr<u8>, count: u64): void {
  if (writer.isCounting) {
    writer.total += count;
    return;
  }
  let done: u64 = 0n;
  while (done < count) {
    const fill = writer.total % PAGE_SIZE;
    const left = count - done;
    const part: u64 = left < PAGE_SIZE - fill ? left : PAGE_SIZE - fill;
    copyBytes(elements(buffer).add(fill), bytes.add(done), part);
    done += part;
    writer.total += part;
    if (writer.total % PAGE_SIZE === 0n) {
      flush(writer, writer.total / PAGE_SIZE - 1n);
    }
  }
}

export function corePutZeros(writer: CoreWriter, count: u64): void {
  const zeros: Bytes<64> = zeroed();
  let left = count;
  while (left > 0n) {
    const part: u64 = left < 64n ? left : 64n;
    corePut(writer, elements(zeros), part);
    left -= part;
  }
}

/** Zeros up to the next page. */
export function coreWriterAlign(writer: CoreWriter): void {
  corePutZeros(writer, (PAGE_SIZE - (writer.total % PAGE_SIZE)) % PAGE_SIZE);
}

function flush(writer: CoreWriter, page: u64): void {
  writer.isWorking = writer.isWorking && channelCore(u32(page), sliceOf(elements(buffer), PAGE_SIZE));
}
