/**
 * The MMIO transport of virtio (virtio 1.2, 4.2), modern devices only (version 2).
 *
 * The initialisation follows 3.1.1 step by step. QEMU presents version 1 unless told otherwise; the launcher tells it
 * (`-global virtio-mmio.force-legacy=false`), and every other monitor presents version 2, so the legacy interface, whose rings
 * have another layout, is refused here instead of driven.
 */

import { EINVAL, EIO, ENODEV, EOPNOTSUPP } from "../../abi/errno.ts";
import {
  VIRTIO_F_VERSION_1,
  VIRTIO_MMIO_MAGIC,
  VIRTIO_MMIO_VERSION,
  VIRTIO_STATUS_ACKNOWLEDGE,
  VIRTIO_STATUS_DRIVER,
  VIRTIO_STATUS_DRIVER_OK,
  VIRTIO_STATUS_FAILED,
  VIRTIO_STATUS_FEATURES_OK,
  VirtioDeviceId,
  type VirtioMmioRegisters,
} from "../../abi/virtio.ts";

/** A reset that takes longer than this many reads of the status is a device that does not answer. */
const RESET_POLL_LIMIT = 100_000;

/** Physical addresses of a queue's three parts. */
export class QueueAddresses {
  descriptors!: PhysAddr;
  avail!: PhysAddr;
  used!: PhysAddr;
}

/** The kind of device behind the registers, or None if there is none that this driver can use. */
export function mmioIdentify(registers: Ptr<VirtioMmioRegisters>): u32 {
  if (registers.magicValue.read() !== VIRTIO_MMIO_MAGIC) return u32(VirtioDeviceId.None);
  if (registers.version.read() !== VIRTIO_MMIO_VERSION) return u32(VirtioDeviceId.None);
  return registers.deviceId.read();
}

/**
 * Steps 1 to 6 of 3.1.1: reset, acknowledge, negotiate. `wanted` is a mask of feature bits besides VERSION_1; the result is the mask of
 * those that the device also has, or a negative errno, after which the device has been marked FAILED.
 */
export function mmioBegin(registers: Ptr<VirtioMmioRegisters>, wanted: u64): i64 {
  registers.status.write(0);
  let polls: u32 = 0;
  while (registers.status.read() !== 0) {
    polls += 1;
    if (polls === RESET_POLL_LIMIT) return i64(-EIO);
  }
  registers.status.write(VIRTIO_STATUS_ACKNOWLEDGE);
  registers.status.write(VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
  const offered = readFeatures(registers);
  const versionBit: u64 = 1n << u64(VIRTIO_F_VERSION_1);
  if ((offered & versionBit) === 0n) return mmioFail(registers, EOPNOTSUPP);
  const accepted = offered & (wanted | versionBit);
  writeFeatures(registers, accepted);
  registers.status.write(VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK);
  if ((registers.status.read() & VIRTIO_STATUS_FEATURES_OK) === 0) return mmioFail(registers, EOPNOTSUPP);
  return i64(accepted & wanted);
}

function readFeatures(registers: Ptr<VirtioMmioRegisters>): u64 {
  registers.deviceFeaturesSel.write(0);
  const low = registers.deviceFeatures.read();
  registers.deviceFeaturesSel.write(1);
  const high = registers.deviceFeatures.read();
  return (u64(high) << 32n) | u64(low);
}

function writeFeatures(registers: Ptr<VirtioMmioRegisters>, features: u64): void {
  registers.driverFeaturesSel.write(0);
  registers.driverFeatures.write(u32.wrap(features));
  registers.driverFeaturesSel.write(1);
  registers.driverFeatures.write(u32.wrap(features >> 32n));
}

/** Step 7, for one queue: 0, -ENODEV (the device has no such queue), -EINVAL (too small for `size`). */
export function mmioSetupQueue(registers: Ptr<VirtioMmioRegisters>, index: u32, size: u32, where: QueueAddresses): i64 {
  registers.queueSel.write(index);
  if (registers.queueReady.read() !== 0) return i64(-EINVAL);
  const most = registers.queueNumMax.read();
  if (most === 0) return i64(-ENODEV);
  if (most < size) return i64(-EINVAL);
  registers.queueNum.write(size);
  registers.queueDescLow.write(u32.wrap(u64(where.descriptors)));
  registers.queueDescHigh.write(u32.wrap(u64(where.descriptors) >> 32n));
  registers.queueDriverLow.write(u32.wrap(u64(where.avail)));
  registers.queueDriverHigh.write(u32.wrap(u64(where.avail) >> 32n));
  registers.queueDeviceLow.write(u32.wrap(u64(where.used)));
  registers.queueDeviceHigh.write(u32.wrap(u64(where.used) >> 32n));
  registers.queueReady.write(1);
  return 0n;
}

/** Step 8: the device is live. */
export function mmioFinish(registers: Ptr<VirtioMmioRegisters>): void {
  registers.status.write(
    VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_DRIVER_OK,
  );
}

/** Gives the device up (3.1.1, last paragraph); the negative of `errno`, for the caller to return. */
export function mmioFail(registers: Ptr<VirtioMmioRegisters>, errno: i32): i64 {
  registers.status.write(VIRTIO_STATUS_FAILED);
  return i64(-errno);
}

/** Acknowledges the device's interrupt; the reasons (VIRTIO_MMIO_INT_*), 0 if it was not this device. */
export function mmioTakeInterrupt(registers: Ptr<VirtioMmioRegisters>): u32 {
  const reasons = registers.interruptStatus.read();
  if (reasons !== 0) registers.interruptAck.write(reasons);
  return reasons;
}
