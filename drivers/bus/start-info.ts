/**
 * The kernel's command line as the loader left it: PVH start information (Xen's hvm_start_info, version 1) or multiboot
 * information (Multiboot 0.6.96, 3.3), read through the direct map.
 */

import { Loader } from "../../abi/boot-info.ts";
import {
  MULTIBOOT_FLAG_COMMAND_LINE,
  type MultibootInfo,
  PVH_MAGIC,
  type PvhStartInfo,
} from "../../abi/boot-protocols.ts";
import { directMap } from "../../kernel/mm/page-table.ts";
import { bootInfo } from "../../nucleus/boot-info.ts";

/** A longer command line is cut. */
const MAX_COMMAND_LINE = 4096;

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
