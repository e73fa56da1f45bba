/**
 * Virtio as its specification writes it (virtio 1.2): split virtqueues (2.7), registers of the MMIO transport (4.2.2), device
 * status and feature bits (2.1, 6), the console device (5.3).
 *
 * One declaration for the guest's drivers and for the monitor that plays the device. Both read what the other one wrote: `idx` is
 * the only word by which a side publishes, so it alone is atomic (store with release, load with acquire); everything else is
 * plain memory that is written before it is published.
 *
 *     descriptor table   16 bytes * size                         written by the driver
 *     available ring     flags idx ring[size] usedEvent          written by the driver
 *     used ring          flags idx ring[size]{id,len} availEvent written by the device
 */

// --- Split virtqueues (2.7) ---------------------------------------------------------------------------------------------

/** The descriptor continues at `next`. */
export const VIRTQ_DESC_F_NEXT = 1;
/** The device writes to the buffer (otherwise it reads). */
export const VIRTQ_DESC_F_WRITE = 2;
/** The buffer is a table of descriptors (only with VIRTIO_F_INDIRECT_DESC, which no driver here accepts). */
export const VIRTQ_DESC_F_INDIRECT = 4;
/** Available ring: the driver does without interrupts for used buffers. */
export const VIRTQ_AVAIL_F_NO_INTERRUPT = 1;
/** Used ring: the device does without notifications of available buffers. */
export const VIRTQ_USED_F_NO_NOTIFY = 1;
/** The largest queue that the specification allows; sizes are powers of two. */
export const VIRTQ_MAX_SIZE = 32768;

@struct(16)
export class VirtqDesc {
  addr!: PhysAddr;
  len!: u32;
  flags!: u16;
  next!: u16;
}

/** The beginning of an available ring; `ring: u16[size]` follows. */
@struct(4)
export class VirtqAvailHeader {
  flags!: u16;
  idx!: Atomic<u16>;
}

/** The beginning of a used ring; `ring: VirtqUsedElement[size]` follows. */
@struct(4)
export class VirtqUsedHeader {
  flags!: Atomic<u16>;
  idx!: Atomic<u16>;
}

@struct(8)
export class VirtqUsedElement {
  /** Index of the first descriptor of the used chain. */
  id!: u32;
  /** Bytes that the device wrote. */
  len!: u32;
}

// --- Device status (2.1) and feature bits (6) ---------------------------------------------------------------------------

export const VIRTIO_STATUS_ACKNOWLEDGE = 1;
export const VIRTIO_STATUS_DRIVER = 2;
export const VIRTIO_STATUS_DRIVER_OK = 4;
export const VIRTIO_STATUS_FEATURES_OK = 8;
export const VIRTIO_STATUS_DEVICE_NEEDS_RESET = 64;
export const VIRTIO_STATUS_FAILED = 128;

export const VIRTIO_F_INDIRECT_DESC = 28;
export const VIRTIO_F_EVENT_IDX = 29;
export const VIRTIO_F_VERSION_1 = 32;
export const VIRTIO_F_ACCESS_PLATFORM = 33;

/** Device identifiers (5). 0 stands for an empty slot of the MMIO transport. */
export enum VirtioDeviceId {
  None = 0,
  Net = 1,
  Block = 2,
  Console = 3,
  Entropy = 4,
  NineP = 9,
  Socket = 19,
}

// --- MMIO transport (4.2.2) ---------------------------------------------------------------------------------------------

export const VIRTIO_MMIO_MAGIC = 0x7472_6976; // "virt"
export const VIRTIO_MMIO_VERSION = 2;
/** What Linux's `virtio_mmio.device=` and QEMU's microvm give each transport. */
export const VIRTIO_MMIO_BYTES = 0x200;
/** Bits of interruptStatus and interruptAck. */
export const VIRTIO_MMIO_INT_USED = 1;
export const VIRTIO_MMIO_INT_CONFIG = 2;

@mmio(0x200)
export class VirtioMmioRegisters {
  @at(0x000) readonly magicValue!: Ro<u32>;
  @at(0x004) readonly version!: Ro<u32>;
  @at(0x008) readonly deviceId!: Ro<u32>;
  @at(0x00c) readonly vendorId!: Ro<u32>;
  @at(0x010) readonly deviceFeatures!: Ro<u32>;
  @at(0x014) readonly deviceFeaturesSel!: Wo<u32>;
  @at(0x020) readonly driverFeatures!: Wo<u32>;
  @at(0x024) readonly driverFeaturesSel!: Wo<u32>;
  @at(0x030) readonly queueSel!: Wo<u32>;
  @at(0x034) readonly queueNumMax!: Ro<u32>;
  @at(0x038) readonly queueNum!: Wo<u32>;
  @at(0x044) readonly queueReady!: Rw<u32>;
  @at(0x050) readonly queueNotify!: Wo<u32>;
  @at(0x060) readonly interruptStatus!: Ro<u32>;
  @at(0x064) readonly interruptAck!: Wo<u32>;
  @at(0x070) readonly status!: Rw<u32>;
  @at(0x080) readonly queueDescLow!: Wo<u32>;
  @at(0x084) readonly queueDescHigh!: Wo<u32>;
  @at(0x090) readonly queueDriverLow!: Wo<u32>;
  @at(0x094) readonly queueDriverHigh!: Wo<u32>;
  @at(0x0a0) readonly queueDeviceLow!: Wo<u32>;
  @at(0x0a4) readonly queueDeviceHigh!: Wo<u32>;
  @at(0x0fc) readonly configGeneration!: Ro<u32>;
  /** Configuration of the console device (5.3.4), where deviceId says Console. */
  @at(0x100) readonly consoleCols!: Ro<u16>;
  @at(0x102) readonly consoleRows!: Ro<u16>;
  @at(0x104) readonly consoleMaxNrPorts!: Ro<u32>;
  @at(0x108) readonly consoleEmergWr!: Wo<u32>;
}

// --- Console device (5.3) -----------------------------------------------------------------------------------------------

export const VIRTIO_CONSOLE_F_SIZE = 0;
export const VIRTIO_CONSOLE_F_MULTIPORT = 1;
export const VIRTIO_CONSOLE_F_EMERG_WRITE = 2;

/** Queues (5.3.2): port 0 is 0 and 1, control is 2 and 3, port n > 0 is 2 + 2n (receive) and 3 + 2n (transmit). */
export const VIRTIO_CONSOLE_RECEIVE = 0;
export const VIRTIO_CONSOLE_TRANSMIT = 1;
export const VIRTIO_CONSOLE_CONTROL_RECEIVE = 2;
export const VIRTIO_CONSOLE_CONTROL_TRANSMIT = 3;

/** Control messages (5.3.6.2). */
export enum VirtioConsoleEvent {
  DeviceReady = 0,
  PortAdd = 1,
  PortRemove = 2,
  PortReady = 3,
  ConsolePort = 4,
  Resize = 5,
  PortOpen = 6,
  PortName = 7,
}

@struct(8)
export class VirtioConsoleControl {
  id!: u32;
  event!: u16;
  value!: u16;
}
