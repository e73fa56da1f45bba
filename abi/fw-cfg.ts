/**
 * QEMU's fw_cfg device, by which it hands kernel, module and memory map to a firmware: QEMU's docs/specs/fw_cfg.rst. Numbers in the DMA
 * request and in the directory are big-endian, those in items little-endian.
 */

/** A write of a request's address (its low half) starts it; the request's `control` is 0 when it is done. */
export const FW_CFG_PORT_DMA_LOW = 0x518;

export const FW_CFG_DMA_ERROR = 0x01;
export const FW_CFG_DMA_READ = 0x02;
/** Selects the item whose key is in the upper half of `control`; without it reading goes on where it ended. */
export const FW_CFG_DMA_SELECT = 0x08;

export const FW_CFG_INITRD_ADDRESS = 0x0a;
export const FW_CFG_INITRD_SIZE = 0x0b;
export const FW_CFG_KERNEL_ENTRY = 0x10;
export const FW_CFG_INITRD_DATA = 0x12;
export const FW_CFG_COMMAND_LINE_SIZE = 0x14;
export const FW_CFG_COMMAND_LINE_DATA = 0x15;
/** A big-endian count, then that many FwCfgFile. */
export const FW_CFG_DIRECTORY = 0x19;

@struct(16)
export class FwCfgDma {
  control!: u32;
  length!: u32;
  addressHigh!: u32;
  addressLow!: u32;
}

@struct(64)
export class FwCfgFile {
  size!: u32;
  key!: u16;
  reserved!: u16;
  name!: Bytes<56>;
}

/** Of the file etc/e820: RAM and what is reserved, without holes for devices. */
export const E820_ENTRY_BYTES = 20;
