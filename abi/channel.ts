/**
 * The channel between a guest and its proxy: frames over the byte stream of a virtio console (virtio 1.2, 5.3).
 *
 * Guest and proxy speak the same frames on every isle; only the transport differs. On uhyve the queues are the image's own
 * (ImageHeader.channelQueues) and the monitor answers in the vCPU thread while the guest is stopped at the doorbell, so a reply is
 * in the receive queue when the guest goes on. On QEMU it is a real virtio console whose other end is a socket of the proxy.
 * Every request but those marked "no reply" is answered by one `Reply` frame with its tag; several may be outstanding.
 *
 *     frame   0 bytes: u32   4 kind: u16   6 stream: u16   8 tag: u32   12 argument: i32   16 payload[bytes]
 *
 * Nothing in a frame is trusted by the proxy: lengths are bounded by CHANNEL_MAX_PAYLOAD, unknown kinds end the guest with a report.
 */

import type { VirtqAvailHeader, VirtqDesc, VirtqUsedElement, VirtqUsedHeader } from "./virtio.ts";

export const CHANNEL_MAX_PAYLOAD = 0x1_0000;
export const CHANNEL_QUEUE_SIZE = 64;
/** Streams of the proxy: standard input, output and error. */
export const CHANNEL_STREAM_COUNT = 3;
/** One for each direction of each stream. */
export const CHANNEL_MAX_AWAITS = 6;
export const CHANNEL_RECEIVE_QUEUE = 0;
export const CHANNEL_TRANSMIT_QUEUE = 1;
/** On a virtio console with several ports the channel is this one: port 0 loses output when its reader is slow (docs/decisions). */
export const CHANNEL_CONSOLE_PORT = 1;
/** Interrupt vector of the channel where the monitor may choose it (uhyve). */
export const CHANNEL_VECTOR = 0x31;

export enum FrameKind {
  /**
   * stream 0 to 2, payload: the bytes. Answered at once. Reply argument: how many there was room for, or negative errno, which is -EAGAIN if there
   * was none. Nothing else that the guest sends waits behind an output that is full.
   */
  Write = 1,
  /**
   * stream 0 to 2, argument: the most bytes wanted. Answered at once. Reply argument: count (0: end of file) or negative errno, which is
   * -EAGAIN if nothing is there; payload: the bytes.
   */
  Read = 2,
  /** argument: exit status 0..255. No reply; the proxy ends with it. */
  Exit = 3,
  /** argument: signal number that ended the program; the proxy ends with 128 + n. payload: a sentence for stderr. No reply. */
  Killed = 4,
  /** payload: text of the kernel log, whole lines. No reply; shown if verbose. */
  Log = 5,
  /** payload: the report of a kernel panic. No reply; the proxy prints it and ends with status 1. */
  Panic = 6,
  /** payload: lines for stderr that the user asked for (system-call trace). No reply. As the other texts, they wait until stderr takes them. */
  Trace = 7,
  /**
   * argument 0: the kernel takes `Signal` frames from now on; before that, a signal at the proxy ends the machine. argument n: it has taken
   * signal n. No reply. A proxy whose second signal finds the first one still not taken ends the machine.
   */
  SignalsTaken = 8,
  /** The program's first instruction comes next; sent where ModuleFlag.Time asks for it. No reply. */
  Started = 9,
  /** stream 0 to 2, argument: events as poll(2) names them. Answered at once. Reply argument: those that hold, or negative errno. */
  Poll = 10,
  /**
   * As Poll, but answered when one of the events holds (or POLLERR, POLLHUP, POLLNVAL, which are never asked for). At most CHANNEL_MAX_AWAITS
   * may be waiting; one more is answered with -EBUSY.
   */
  Await = 11,
  /**
   * stream 0 to 2, argument: a request of ioctl(2) (linux-terminal.ts; others are answered with -ENOTTY), payload: what it reads. Reply
   * argument: 0 or negative errno; payload: what it writes. In TIOCGPGRP and TIOCSPGRP 0 is the guest's process group.
   */
  Control = 12,
  /**
   * A part of the core file that HERMIT_CORE asks for (ModuleFlag.Core); argument: the page of 4 KiB of the file at which the payload goes. An
   * empty payload ends it: the file has as many pages. No reply.
   */
  Core = 13,
  /** Proxy to guest: the answer to `tag`. */
  Reply = 0x100,
  /** Proxy to guest, unasked: argument: a signal number for the program. */
  Signal = 0x101,
}

export const LAST_KIND_OF_GUEST = FrameKind.Core;

@struct(16)
export class FrameHeader {
  bytes!: u32;
  kind!: u16;
  stream!: u16;
  tag!: u32;
  argument!: i32;
}

/**
 * A queue of the channel as it lies in the kernel image. Every split virtqueue of CHANNEL_QUEUE_SIZE entries has this layout, so the
 * MMIO transport is given addresses inside it and the monitor of the preset transport uses it as it is.
 */
@struct(1680)
export class ChannelQueue {
  @at(0) descriptors!: FixedArray<VirtqDesc, 64>;
  @at(1024) avail!: VirtqAvailHeader;
  @at(1028) availRing!: FixedArray<u16, 64>;
  @at(1156) usedEvent!: u16;
  usedPadding!: u16;
  @at(1160) used!: VirtqUsedHeader;
  @at(1164) usedRing!: FixedArray<VirtqUsedElement, 64>;
  @at(1676) availEvent!: u16;
}

/**
 * What ImageHeader.channelQueues points at. On the preset transport these rules hold besides those of a virtio console:
 *  - Receive buffers are chains of one descriptor. The monitor takes them in order: a frame begins at the start of a buffer and goes on in
 *    as many more as it needs; no buffer holds bytes of two frames. The guest posts enough buffers for the replies of its outstanding
 *    requests before it sends them; a monitor that finds too few ends the guest with a report. A `Signal` that finds none is dropped.
 *  - A doorbell for the receive queue is not needed: the monitor looks when it has something to deliver.
 *  - Replies that are ready at the doorbell are delivered before the guest goes on, without an interrupt. Later ones raise
 *    CHANNEL_VECTOR by MSI, unless the receive queue's VIRTQ_AVAIL_F_NO_INTERRUPT is set.
 */
@struct(3360)
export class ChannelQueues {
  receive!: ChannelQueue;
  transmit!: ChannelQueue;
}
