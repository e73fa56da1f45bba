/**
 * The kernel's command line as the loader left it: PVH start information (Xen's hvm_start_info, version 1) or multiboot
 * information (Multiboot 0.6.96, 3.3), read through the direct map.
 */

import { Loader } from "../../abi/boot-info.ts";
import { directMap } from "../../kernel/mm/page-table.ts";
import { bootInfo } from "../../nucleus/boot-info.ts";

/** A longer command line is cut. */
const MAX_COMMAND_LINE = 4096;
const PVH_MAGIC = 0x336e_c578;
const MULTIBOOT_FLAG_COMMAND_LINE = 4;

@struct()
class PvhStartInfo {
  @at(0) magic!: u32;
  @at(4) version!: u32;
  @at(8) flags!: u32;
  @at(12) moduleCount!: u32;
  @at(16) moduleList!: PhysAddr;
  @at(24) commandLine!: PhysAddr;
}

@struct()
class MultibootInfo {
  @at(0) flags!: u32;
  @at(4) memLower!: u32;
  @at(8) memUpper!: u32;
  @at(12) bootDevice!: u32;
  @at(16) commandLine!: u32;
}

/** Empty if there is none. */
export function kernelCommandLine(): string {
  const address = commandLineAddress();
  if (address === 0n) return "";
  const first = directMap(address);
  let length: u32 = 0;
  while (length < MAX_COMMAND_LINE && first[length] !== 0) length += 1;
  return stringOf(first, length);
}

function commandLineAddress(): PhysAddr {
  if (bootInfo.startInfo === 0n) return 0n;
  // SAFETY: the loader's structure lies in RAM below 4 GiB, which the direct map shows.
  const bytes = directMap(bootInfo.startInfo);
  if (bootInfo.loader === Loader.Pvh) {
    const info = castPtr<PvhStartInfo>(bytes);
    return info.magic === PVH_MAGIC ? info.commandLine : 0n;
  }
  if (bootInfo.loader === Loader.Multiboot) {
    const info = castPtr<MultibootInfo>(bytes);
    const hasLine = (info.flags & MULTIBOOT_FLAG_COMMAND_LINE) !== 0;
    return hasLine ? PhysAddr(u64(info.commandLine)) : 0n;
  }
  return 0n;
}
