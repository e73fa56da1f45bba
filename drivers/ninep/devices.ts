/**
 * Where the servers of files are: behind the queue of the image (uhyve serves every export there), or behind one virtio device for each
 * export, which its mount tag names (virtio-9p: abi/ninep.ts; QEMU). Found when the first export is mounted, and not before.
 */

import { ChannelTransport } from "../../abi/boot-info.ts";
import { ENODEV, ENOMEM } from "../../abi/errno.ts";
import { NINEP_QUEUE_SIZE, type NinepQueue } from "../../abi/ninep.ts";
import { VIRTIO_MMIO_BYTES, VirtioDeviceId, type VirtioMmioRegisters } from "../../abi/virtio.ts";
import { ioapicRoute, irqAllocateVector, irqRegister } from "../../kernel/irq.ts";
import { heapAllocZeroed } from "../../kernel/mm/heap.ts";
import { mapDevice, physOf } from "../../kernel/mm/page-table.ts";
import { bootInfo } from "../../nucleus/boot-info.ts";
import { type MmioDeviceEntry, nextMmioDevice } from "../bus/command-line.ts";
import { kernelCommandLine } from "../bus/start-info.ts";
import {
  mmioBegin,
  mmioFail,
  mmioFinish,
  mmioIdentify,
  mmioSetupQueue,
  mmioTakeInterrupt,
  type QueueAddresses,
} from "../virtio/mmio.ts";
import { ninepQueue } from "./queue.ts";
import { type NinepTransport, TransportKind } from "./request.ts";
import { transportInit, transportStart, transportTakeAnswers } from "./transport.ts";

/** A command line that announces more is cut. */
const MAX_DEVICES = 64;
/** VIRTIO_9P_MOUNT_TAG: the configuration names the export. */
const MOUNT_TAG_BIT = 1n;
const CONFIG_AT = 0x100n;
const MOST_TAG_BYTES = 64;

/** Those with an interrupt, by vector. */
const byVector: FixedArray<Ptr<NinepTransport> | null, 256> = zeroed();
let preset: Ptr<NinepTransport> | null = null;

/**
 * The address of the transport, started, to the server of the export `tag`, or a negative errno: -ENODEV if there is none. The caller sees
 * that only one asks at a time.
 */
export function ninepTransportOf(tag: string): i64 {
  if (ninepServesAll()) {
    return presetTransport();
  }
  const commandLine = kernelCommandLine();
  const entry: MmioDeviceEntry = { address: 0n, bytes: 0n, irq: 0 };
  let position = nextMmioDevice(commandLine, 0, entry);
  for (let count: u32 = 0; position >= 0n && count < MAX_DEVICES; count += 1) {
    const registers = deviceWithTag(entry, tag);
    if (registers !== null) {
      return startDevice(registers, entry);
    }
    position = nextMmioDevice(commandLine, u32(position), entry);
  }
  return i64(-ENODEV);
}

/** Whether one server, uhyve's, has every export. */
export function ninepServesAll(): bool {
  return bootInfo.channel === ChannelTransport.Preset;
}

function presetTransport(): i64 {
  if (preset !== null) {
    return i64(u64(virtAddr(preset)));
  }
  const transport = makeTransport();
  if (transport === null) {
    return i64(-ENOMEM);
  }
  zero(ninepQueue);
  transportInit(transport, ninepQueue, TransportKind.Preset);
  const started = transportStart(transport);
  if (started !== 0n) {
    return started;
  }
  preset = transport;
  return i64(u64(virtAddr(transport)));
}

function makeTransport(): Ptr<NinepTransport> | null {
  const memory = heapAllocZeroed(u64(sizeOf<NinepTransport>()));
  // SAFETY: fresh zeroed memory of the size.
  return memory === null ? null : castPtr<NinepTransport>(memory);
}

function deviceWithTag(entry: MmioDeviceEntry, tag: string): Ptr<VirtioMmioRegisters> | null {
  const address = mapDevice(entry.address, u64(VIRTIO_MMIO_BYTES));
  if (address === 0n) {
    return null;
  }
  // SAFETY: mapDevice has mapped VIRTIO_MMIO_BYTES of device registers there; the configuration is read by bytes (virtio 1.2, 2.5).
  const registers = pointerAt<VirtioMmioRegisters>(address);
  const config = pointerAt<u8>(address + CONFIG_AT);
  if (mmioIdentify(registers) !== u32(VirtioDeviceId.NineP)) {
    return null;
  }
  const bytes = u32(readVolatile(config)) | (u32(readVolatile(config.add(1))) << 8);
  if (bytes !== tag.length || bytes > MOST_TAG_BYTES) {
    return null;
  }
  for (let i: u32 = 0; i < bytes; i += 1) {
    if (readVolatile(config.add(2 + i)) !== tag.byteAt(i)) {
      return null;
    }
  }
  return registers;
}

function startDevice(registers: Ptr<VirtioMmioRegisters>, entry: MmioDeviceEntry): i64 {
  const transport = makeTransport();
  const memory = heapAllocZeroed(u64(sizeOf<NinepQueue>()));
  if (transport === null || memory === null) {
    return i64(-ENOMEM);
  }
  // SAFETY: fresh zeroed memory of the size, in frames of its own or aligned as slabs are.
  const queue = castPtr<NinepQueue>(memory);
  transportInit(transport, queue, TransportKind.Mmio);
  transport.registers = registers;
  const begun = mmioBegin(registers, MOUNT_TAG_BIT);
  if (begun < 0n) {
    return begun;
  }
  const vector = irqAllocateVector();
  if (vector < 0n) {
    return mmioFail(registers, i32(-vector));
  }
  byVector[u32(vector)] = transport;
  irqRegister(u32(vector), onInterrupt);
  const where: QueueAddresses = {
    descriptors: physOf(queue.descriptors),
    avail: physOf(queue.avail),
    used: physOf(queue.used),
  };
  let result = ioapicRoute(entry.irq, u32(vector));
  if (result === 0n) {
    result = mmioSetupQueue(registers, 0, NINEP_QUEUE_SIZE, where);
  }
  if (result < 0n) {
    return mmioFail(registers, i32(-result));
  }
  mmioFinish(registers);
  const started = transportStart(transport);
  return started !== 0n ? started : i64(u64(virtAddr(transport)));
}

function onInterrupt(vector: u32): void {
  const transport = byVector[vector & 255];
  if (transport === null) {
    return;
  }
  // Acknowledge first: what the device does after that raises a new edge.
  void mmioTakeInterrupt(transport.registers!);
  void transportTakeAnswers(transport);
}
