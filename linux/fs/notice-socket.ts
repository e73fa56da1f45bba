/**
 * Netlink sockets without a network: what mq_notify needs for SIGEV_THREAD, since a C library's thread waits in recv(2) for the kernel's word.
 *
 * The end of a pair of datagram sockets whose other end, the kernel's, has no description.
 */

import { type File, fileObject, filePut } from "./file.ts";
import { fileIsSocket, otherEnd, type PairEnd, PairKind, sendPart, socketPairCreate } from "./socket-pair.ts";
import { type Transfer, transferSetKernel } from "./transfer.ts";

/** A socket that receives what noticeDeliver sends; null: no memory. */
export function noticeSocketCreate(flags: u32): Ptr<File> | null {
  const files: FixedArray<Ptr<File> | null, 2> = zeroed();
  if (socketPairCreate(PairKind.Datagram, flags, elements(files)) !== 0n) {
    return null;
  }
  const own = files[0]!;
  fileObject<PairEnd>(own).pair.isNotice = true;
  filePut(files[1]!);
  return own;
}

export function fileIsNoticeSocket(file: File): bool {
  return fileIsSocket(file) && fileObject<PairEnd>(file).pair.isNotice;
}

/** Sends one message to such a socket; as with netlink it is lost if there is no room. */
export function noticeDeliver(file: File, bytes: Slice<u8>): void {
  const transfer: Transfer = zeroed();
  transferSetKernel(transfer, bytes);
  void sendPart(otherEnd(fileObject<PairEnd>(file)), transfer, bytes.length, true);
}
