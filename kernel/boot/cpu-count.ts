/**
 * How many processors the machine has where no monitor says so: the loader's module knows, otherwise QEMU's firmware configuration device
 * (QEMU's docs/specs/fw_cfg: selector 0x510, data 0x511) is asked. Elsewhere one is used: reading the tables of real firmware is not
 * worth it before this runs on bare metal.
 */

import { BOOT_MODULE_MAGIC, type BootInfo, type BootModule } from "../../abi/boot-info.ts";
import { DIRECT_MAP_BASE } from "../../abi/memory-map.ts";
import { MAX_CPUS } from "../../nucleus/image.ts";
import { inb, outw } from "../../nucleus/ports.ts";

const SELECTOR_PORT = 0x510;
const DATA_PORT = 0x511;
const KEY_SIGNATURE = 0x0000;
const KEY_CPU_COUNT = 0x0005;
/** "QEMU" */
const SIGNATURE = 0x554d_4551;

/** 1 to MAX_CPUS. The direct map is complete. */
export function machineCpuCount(info: BootInfo): u32 {
  const told = moduleCpuCount(info);
  const count = told !== 0 ? told : firmwareCpuCount();
  return count < 1 ? 1 : count > MAX_CPUS ? MAX_CPUS : count;
}

function moduleCpuCount(info: BootInfo): u32 {
  if (info.moduleBytes < u64(sizeOf<BootModule>())) {
    return 0;
  }
  // SAFETY: the module lies in RAM and has at least a header.
  const module = pointerAt<BootModule>(VirtAddr(DIRECT_MAP_BASE + u64(info.module)));
  return module.magic === BOOT_MODULE_MAGIC ? module.cpuCount : 0;
}

function firmwareCpuCount(): u32 {
  outw(SELECTOR_PORT, KEY_SIGNATURE);
  if (read32() !== SIGNATURE) {
    return 1;
  }
  outw(SELECTOR_PORT, KEY_CPU_COUNT);
  return read32() & 0xffff;
}

function read32(): u32 {
  let value: u32 = 0;
  for (let byte: u32 = 0; byte < 4; byte++) {
    value |= u32(inb(DATA_PORT)) << (8 * byte);
  }
  return value;
}
